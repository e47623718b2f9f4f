import { randomUUID } from 'node:crypto'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'

export interface RundeckStandInOptions {
  /** The jobs by their ids, and the options that each defines. */
  jobs?: Record<string, readonly string[]>
  /** Default: a random one for each stand-in. */
  token?: string
  /** Default 0: the system picks one. */
  port?: number
}

export interface RundeckStandIn extends HttpStandIn {
  token: string
  /** The options of each execution, oldest first. */
  executions(): readonly Record<string, string>[]
  /** How far each execution is that is there, oldest first. */
  statuses(): readonly string[]
  /** All that runs ends like this, with these lines in its log. */
  finish(status: string, log?: readonly string[]): void
  /** What runs can't be aborted any more: another server of the cluster has it, for instance. */
  protect(): void
  /** A person deletes all executions. */
  deleteExecutions(): void
}

interface StandInExecution {
  id: number
  job: string
  options: Record<string, string>
  status: string
  startedAt: number
  endedAt?: number
  log: readonly string[]
}

/** The versions of the API that Rundeck 5.7 speaks. */
const versions = { least: 14, newest: 48 }
export const scanJob = '7400ff98-31c4-4834-ba3d-aee9646e867f'

/**
 * A Rundeck whose executions a test ends; on 127.0.0.1, listening once the promise resolves. It refuses what the
 * documentation does not have: other versions of the API, a wrong token, unknown fields of a run. Options that a job does
 * not define are dropped, which is the worst that the documentation leaves open.
 *
 * https://docs.rundeck.com/docs/api/ (read in November 2026)
 */
export async function startRundeck({
  jobs = { [scanJob]: ['host', 'ADDER_MARKER'] },
  token = randomUUID(),
  port = 0,
}: RundeckStandInOptions = {}): Promise<RundeckStandIn> {
  let executions: StandInExecution[] = []
  let ids = 0
  let isProtected = false

  const server = await httpStandIn({
    port,
    failure,
    routes: {
      'GET /api/:version/projects': asked(() => ({ json: [{ name: 'security', url: '' }] })),
      'GET /api/:version/job/:job': asked(showJob),
      'POST /api/:version/job/:job/run': asked(run),
      'GET /api/:version/job/:job/executions': asked(listExecutions),
      'GET /api/:version/execution/:id': asked(({ params }) => {
        const execution = executions.find(({ id }) => String(id) === params.id)
        return execution === undefined ? missing('Execution', params.id) : { json: shown(execution) }
      }),
      'POST /api/:version/execution/:id/abort': asked(abort),
      'GET /api/:version/execution/:id/output': asked(({ params, query }) => {
        const execution = executions.find(({ id }) => String(id) === params.id)
        if (execution === undefined) return missing('Execution', params.id)
        const lines = execution.log.slice(-Number(query.get('lastlines') ?? execution.log.length))
        return { json: { id: execution.id, entries: lines.map((log) => ({ level: 'NORMAL', log })) } }
      }),
    },
  })

  function asked(handler: (request: StandInRequest) => StandInAnswer) {
    return (request: StandInRequest): StandInAnswer => {
      const { headers, params } = request
      if (headers['x-rundeck-auth-token'] !== token) return failure(403, '(Unauthorized)', 'unauthorized')
      const version = Number(params.version)
      return version >= versions.least && version <= versions.newest
        ? handler(request)
        : failure(400, `Unsupported API Version "${params.version}"`, 'api.error.api-version.unsupported')
    }
  }

  function showJob({ params: { job = '', version }, query }: StandInRequest): StandInAnswer {
    const options = jobs[job]
    if (options === undefined) return missing('Job ID', job)
    if (query.get('format') === 'json' && Number(version) < 44)
      return failure(415, 'The format is not valid: json', 'api.error.item.unsupported-format')
    return { json: [{ id: job, name: 'scan', options: options.map((name) => ({ name })) }] }
  }

  function run({ params: { job = '' }, json }: StandInRequest): StandInAnswer {
    const defined = jobs[job]
    if (defined === undefined) return missing('Job ID', job)
    const { options: given = {}, ...rest } = (json ?? {}) as { options?: Record<string, string> } // as far as it is read
    const unknown = Object.keys(rest).find((name) => !['argString', 'loglevel', 'asUser', 'filter'].includes(name))
    if (unknown !== undefined) return failure(400, `There is no parameter "${unknown}"`)
    const options = Object.fromEntries(Object.entries(given).filter(([name]) => defined.includes(name)))
    ids += 1
    const execution = { id: ids, job, options, status: 'running', startedAt: Date.now(), log: [] }
    executions.push(execution)
    return { json: shown(execution) }
  }

  function abort({ params }: StandInRequest): StandInAnswer {
    const execution = executions.find(({ id }) => String(id) === params.id)
    if (execution === undefined) return missing('Execution ID', params.id)
    const isRunning = execution.status === 'running'
    if (isRunning && !isProtected) Object.assign(execution, { status: 'aborted', endedAt: Date.now() })
    const { id, href, permalink, status } = shown(execution)
    const reason = isRunning ? 'Execution is running on a different cluster server' : 'Job is not running'
    const outcome = isRunning && !isProtected ? { status: 'pending' } : { status: 'failed', reason }
    return { json: { abort: outcome, execution: { id: String(id), status, href, permalink } } }
  }

  function listExecutions({ params: { job = '' }, query }: StandInRequest): StandInAnswer {
    if (jobs[job] === undefined) return missing('Job ID', job)
    const max = Number(query.get('max') ?? executions.length)
    const newest = executions.filter((each) => each.job === job).toReversed()
    const paging = { count: newest.length, total: newest.length, offset: 0, max }
    return { json: { paging, executions: newest.slice(0, max).map(shown) } }
  }

  function shown({ id, job, options, status, startedAt, endedAt }: StandInExecution) {
    return {
      id,
      href: `${server.url}/api/48/execution/${id}`,
      permalink: `${server.url}/project/security/execution/show/${id}`,
      status,
      project: 'security',
      user: 'adder',
      'date-started': { unixtime: startedAt, date: new Date(startedAt).toISOString() },
      ...(endedAt === undefined ? {} : { 'date-ended': { unixtime: endedAt, date: new Date(endedAt).toISOString() } }),
      job: { id: job, name: 'scan', project: 'security', ...(Object.keys(options).length > 0 ? { options } : {}) },
      ...(status === 'failed' ? { failedNodes: ['mona-laptop'] } : {}),
    }
  }

  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, {
    token,
    executions: () => executions.map(({ options }) => options),
    statuses: () => executions.map(({ status }) => status),
    finish(status: string, log: readonly string[] = []) {
      for (const each of executions.filter((execution) => execution.status === 'running'))
        Object.assign(each, { status, log, endedAt: each.startedAt + 61_000 })
    },
    protect() {
      isProtected = true
    },
    deleteExecutions() {
      executions = []
    },
  })
}

function failure(status: number, message: string, errorCode = 'api.error.unknown'): StandInAnswer {
  return { status, json: { error: true, apiversion: versions.newest, errorCode, message } }
}

function missing(what: string, id = ''): StandInAnswer {
  return failure(404, `${what} does not exist: ${id}`, 'api.error.item.doesnotexist')
}
