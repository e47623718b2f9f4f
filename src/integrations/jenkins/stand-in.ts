import { randomUUID } from 'node:crypto'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'
import { pickTree } from './stand-in/pick-tree.ts'

export interface JenkinsStandInOptions {
  /**
   * The jobs by their full names, at most one folder deep, and the parameters that each defines. Those called `PASSWORD`
   * are passwords, whose values it tells nobody; the others are strings.
   */
  jobs?: Record<string, readonly string[]>
  /**
   * How long builds last, in milliseconds, which then begin at once and end well by themselves. Left out: a test begins
   * and finishes them.
   */
  buildsLastMs?: number
  /** Default: a random one for each stand-in. */
  token?: string
  /** Default 0: the system picks one. */
  port?: number
}

export type StandInResult = 'SUCCESS' | 'UNSTABLE' | 'FAILURE' | 'ABORTED' | 'NOT_BUILT'

export interface JenkinsStandIn extends HttpStandIn {
  user: string
  token: string
  /** The builds that were ever begun, oldest first, with their parameters. */
  builds(): readonly { number: number; parameters: Record<string, string | undefined> }[]
  /** How many wait in the queue. */
  queued(): number
  /** Executors become free for all that is queued. */
  begin(): void
  /** All that runs writes this to its log. */
  write(log: string): void
  /** All that runs ends like this. */
  finish(result: StandInResult): void
  /** What was told to stop does so now; until then it goes on. */
  abort(): void
  /** The user may not cancel any more. */
  forbidCancelling(): void
  /** A person takes everything out of the queue. */
  cancelQueued(): void
  /** A person deletes all builds. */
  deleteBuilds(): void
  /** A person disables a job, which is not queued any more then. */
  disable(job: string): void
}

interface Parameters {
  parameters: { name: string; value?: string }[]
}

interface Item {
  id: number
  job: string
  why: string
  actions: [Parameters, Record<string, never>]
}

interface StandInBuild {
  job: string
  number: number
  url: string
  queueId: number
  building: boolean
  result: StandInResult | null
  timestamp: number
  duration: number
  actions: Item['actions']
  log: Buffer
  isStopped: boolean
}

/**
 * A Jenkins whose queue and executors a test drives; on 127.0.0.1, listening once the promise resolves. As Jenkins, it
 * answers 403 where nobody says who asks, drops parameters that a job does not define, makes one of queued builds with
 * the same parameters, sends only what `tree` asks for, leads back to the page before where a build is to stop, and sends
 * the whole log to whoever asks from beyond its end.
 *
 * https://www.jenkins.io/doc/book/using/remote-access-api/; hudson.model.ParametersDefinitionProperty, Queue and Run of
 * https://github.com/jenkinsci/jenkins; org.kohsuke.stapler.framework.io.LargeText of
 * https://github.com/jenkinsci/stapler (read in November 2026)
 */
export async function startJenkins({
  jobs = { 'security/scan': ['HOST', 'ADDER_MARKER'] },
  buildsLastMs,
  token = randomUUID(),
  port = 0,
}: JenkinsStandInOptions = {}): Promise<JenkinsStandIn> {
  const user = 'adder'
  let queue: Item[] = []
  let builds: StandInBuild[] = []
  const begun: StandInBuild[] = []
  const disabled = new Set<string>()
  let ids = 0
  let mayCancel = true

  const server = await httpStandIn({
    port,
    failure: (status, message) => page(status, message),
    isPage: (path) => path.endsWith('/console'),
    routes: {
      'GET /api/json': asked(({ query }) => tree({ mode: 'NORMAL', nodeName: '' }, query)),
      'GET /queue/api/json': asked(({ query }) => tree({ items: queue }, query)),
      'GET /job/:job/api/json': asked(showJob),
      'GET /job/:folder/job/:job/api/json': asked(showJob),
      'POST /queue/cancelItem': asked(cancelItem),
      ...onBuild('POST', 'stop', stop),
      ...onBuild('GET', 'logText/progressiveText', progressiveText),
      ...onBuild('HEAD', 'logText/progressiveText', progressiveText),
      'GET /job/:job/:number/console': showConsole,
      'GET /job/:folder/job/:job/:number/console': showConsole,
      'POST /job/:job/buildWithParameters': asked(build),
      'POST /job/:folder/job/:job/buildWithParameters': asked(build),
    },
  })

  function asked(handler: (request: StandInRequest) => StandInAnswer) {
    return (request: StandInRequest): StandInAnswer => {
      const { authorization } = request.headers
      if (authorization === undefined) return page(403, 'Authentication required')
      const expected = `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`
      return authorization === expected ? handler(request) : page(401, `Invalid password/token for user: ${user}`)
    }
  }

  function showJob({ params, query }: StandInRequest): StandInAnswer {
    const job = nameOf(params)
    const defined = jobs[job]
    if (defined === undefined) return notFoundPage()
    const definitions = defined.map((name) => ({ name }))
    const allBuilds = builds.filter((each) => each.job === job).toReversed()
    return tree({ name: job, property: [{}, { parameterDefinitions: definitions }], allBuilds }, query)
  }

  function onBuild(
    method: string,
    page: string,
    handler: (build: StandInBuild, query: URLSearchParams) => StandInAnswer,
  ) {
    const handle = asked(({ params, query }) => {
      const [job, number] = [nameOf(params), Number(params.number)]
      const found = builds.find((each) => each.job === job && each.number === number)
      return found === undefined ? notFoundPage() : handler(found, query)
    })
    return {
      [`${method} /job/:job/:number/${page}`]: handle,
      [`${method} /job/:folder/job/:job/:number/${page}`]: handle,
    }
  }

  function cancelItem({ query }: StandInRequest): StandInAnswer {
    const id = Number(query.get('id'))
    if (!queue.some((each) => each.id === id)) return page(404, `Provided id (${id}) not found`)
    if (!mayCancel) return page(422, `Item for id (${id}) is not cancellable`)
    queue = queue.filter((each) => each.id !== id)
    return { status: 204 }
  }

  function stop(build: StandInBuild): StandInAnswer {
    if (build.building && !mayCancel) return page(403, `${user} is missing the Job/Cancel permission`)
    build.isStopped = build.building
    return { status: 302, headers: { location: `${build.url}stop/.` } }
  }

  function progressiveText({ log, building }: StandInBuild, query: URLSearchParams): StandInAnswer {
    // Of what still grows it sends whole lines.
    const end = building ? log.lastIndexOf('\n') + 1 : log.length
    const wanted = Number(query.get('start') ?? 0)
    const start = wanted > log.length ? 0 : wanted
    const more: Record<string, string> = building ? { 'x-more-data': 'true' } : {}
    return { headers: { 'x-text-size': String(end), ...more }, text: log.subarray(start, end).toString() }
  }

  /** For people, who are signed in. */
  function showConsole({ params }: StandInRequest): StandInAnswer {
    const build = builds.find(({ job, number }) => job === nameOf(params) && String(number) === params.number)
    if (build === undefined) return page(404, 'Not Found')
    const [{ parameters }] = build.actions
    return {
      text: [
        `${build.job} #${build.number}, of a stand-in for Jenkins: it has no scanner, and waited.`,
        ...parameters.map(({ name, value = '********' }) => `${name}=${value}`),
        build.result === null ? 'Running' : `Finished: ${build.result}`,
      ].join('\n'),
    }
  }

  function build({ params, text, headers, query }: StandInRequest): StandInAnswer {
    const job = nameOf(params)
    const defined = jobs[job]
    if (defined === undefined) return notFoundPage()
    if (defined.length === 0) return page(400, `${job} is not parameterized`)
    if (disabled.has(job)) return page(409, `${job} is not buildable`)
    const isForm = headers['content-type'] === 'application/x-www-form-urlencoded'
    const given = new URLSearchParams(isForm ? text : query)
    const parameters = defined.map((name) => (name === 'PASSWORD' ? { name } : { name, value: given.get(name) ?? '' }))
    const item = queue.find((each) => each.job === job && isSame(each.actions[0].parameters, parameters))
    return { status: 201, headers: { location: `${server.url}/queue/item/${(item ?? enqueue(job, parameters)).id}/` } }
  }

  function enqueue(job: string, parameters: Parameters['parameters']): Item {
    ids += 1
    const item: Item = { id: ids, job, why: 'In the quiet period. Expires in 4.9 sec', actions: [{ parameters }, {}] }
    queue.push(item)
    if (buildsLastMs !== undefined) {
      begin()
      setTimeout(() => finish('SUCCESS', ({ queueId }) => queueId === item.id), buildsLastMs).unref()
    }
    return item
  }

  function begin(): void {
    for (const { id, job, actions } of queue) {
      const number = begun.filter((each) => each.job === job).length + 1
      const url = `${server.url}/${pathOf(job)}/${number}/`
      const running = { building: true, result: null, timestamp: Date.now(), duration: 0 }
      const log = Buffer.from('')
      const started = { job, number, url, queueId: id, ...running, actions, log, isStopped: false }
      begun.push(started)
      builds.push(started)
    }
    queue = []
  }

  function finish(result: StandInResult, isMeant: (build: StandInBuild) => boolean): void {
    for (const each of builds.filter((build) => build.building && isMeant(build)))
      Object.assign(each, { building: false, result, duration: buildsLastMs ?? 61_234 })
  }

  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, {
    user,
    token,
    queued: () => queue.length,
    builds: () =>
      begun.map(({ number, actions: [{ parameters }] }) => ({
        number,
        parameters: Object.fromEntries(parameters.map(({ name, value }) => [name, value])),
      })),
    begin,
    write(log: string) {
      for (const each of builds.filter(({ building }) => building))
        each.log = Buffer.concat([each.log, Buffer.from(log)])
    },
    abort() {
      for (const each of builds.filter(({ isStopped }) => isStopped))
        Object.assign(each, { building: false, result: 'ABORTED', isStopped: false })
    },
    forbidCancelling() {
      mayCancel = false
    },
    finish: (result: StandInResult) => finish(result, () => true),
    cancelQueued() {
      queue = []
    },
    deleteBuilds() {
      builds = []
    },
    disable(job: string) {
      disabled.add(job)
    },
  })
}

function notFoundPage(): StandInAnswer {
  return page(404, 'Not Found')
}

function nameOf({ folder, job = '' }: Record<string, string>): string {
  return folder === undefined ? job : `${folder}/${job}`
}

function pathOf(job: string): string {
  return job
    .split('/')
    .map((name) => `job/${encodeURIComponent(name)}`)
    .join('/')
}

function isSame(some: Parameters['parameters'], others: Parameters['parameters']): boolean {
  return some.every(({ value }, index) => value === others[index]?.value)
}

function tree(value: unknown, query: URLSearchParams): StandInAnswer {
  const asked = query.get('tree')
  // The real one sends what it thinks useful then, at any size.
  if (asked === null) return page(400, 'This stand-in wants to be asked with a tree')
  return { json: pickTree(value, asked) }
}

function page(status: number, message: string): StandInAnswer {
  return { status, html: `<html><body><h2>HTTP ERROR ${status} ${message}</h2></body></html>` }
}
