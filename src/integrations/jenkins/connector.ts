import * as z from 'zod'
import type { Lookup } from '../../connectors/connector.ts'
import type { Effect } from '../../connectors/effect.ts'
import * as http from '../../connectors/http.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { type Answer, found, notFound } from '../../connectors/outcome.ts'
import { ConnectorAnswerInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import { lastLines } from './last-lines.ts'
import { Job, jobPath, locateBuild, locateStarted, type StartedBuild, StartedInput } from './locate-build.ts'
import {
  type Build,
  hasParameter,
  ParametersAnswer,
  parametersTree,
  queuedBuild,
  type RawBuild,
  recentBuilds,
  startedBuild,
} from './schema.ts'
import { stopBuild } from './stop-build.ts'

export interface JenkinsOptions {
  /** Where people open Jenkins: `https://jenkins.acme.example`. */
  url: string
  /** The user whose token it is. */
  user: string
  /** An API token of that user. */
  token: Secret
}

/** The parameter that every job which Adder starts has to have: a string, for Adder's marker. */
const markerParameter = 'ADDER_MARKER'

const JobParameters = z
  .record(z.string().regex(/^[\w.-]{1,100}$/), z.union([z.string().max(10_000), z.number(), z.boolean()]))
  .refine((values) => Object.keys(values).length <= 100, 'has more than 100 parameters')
  .refine((values) => !Object.hasOwn(values, markerParameter), `${markerParameter} is Adder's own`)

const BuildInput = z.object({ job: Job, parameters: JobParameters.default({}) })

/** Whether a build is over, well or not. */
export function isOver({ state }: Build): boolean {
  return state !== 'queued' && state !== 'running'
}

/**
 * Starts the builds of Jenkins' jobs, tells how far they are, and stops them.
 *
 * `start({ job, parameters })` puts a build of a job, `scan` or `security/scan`, into Jenkins' queue. The job needs a
 * string parameter `ADDER_MARKER` besides its own, by which the build is found again where the answer got lost; without
 * it nothing is started, for Jenkins drops a parameter that the job does not have. `build(started)` says whether it
 * waits, runs or how it ended, and `console(started)` gives the last lines of its log, 4,000 characters at most.
 * `stop(started)` takes it out of the queue, or has Jenkins abort it, which may take a while; one that is over or gone is
 * left alone. All of them see the queue and the job's newest 300 builds.
 *
 * https://www.jenkins.io/doc/book/using/remote-access-api/,
 * https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/ (read in November 2026)
 */
export function connector(options: JenkinsOptions) {
  expectOptions('jenkins.connector', options, { url: 'string', user: 'string', token: 'any' })
  const { url, user, token } = options
  return http.connector({
    integration: 'jenkins',
    title: 'Jenkins',
    docs: 'https://www.jenkins.io/doc/book/using/remote-access-api/',
    baseUrl: url,
    auth: http.basic(user, token),
    lookups: { build, console: lastLines },
    effects: { start: start(url), stop: stopBuild(url) },
    probe: { path: '/api/json', query: { tree: 'mode' } },
  })
}

function build(channel: http.HttpChannel): Lookup<StartedBuild, Build> {
  return async (given, call) => {
    const { queued, built } = await locateStarted(channel, call, http.checked(StartedInput, given, channel))
    if (queued !== undefined) return found(queuedBuild(queued))
    return built === undefined ? notFound() : found(startedBuild(built))
  }
}

function start(url: string) {
  return (channel: http.HttpChannel): Effect<z.input<typeof BuildInput>, StartedBuild> => ({
    once: 'by marker',
    finding: 'cheap',
    async make(given, { marker, signal }) {
      const { job, parameters } = http.checked(BuildInput, given, channel)
      await checkMarkerParameter(channel, job, signal)
      const values = Object.entries(parameters).map(([name, value]) => [name, String(value)])
      const { headers } = await channel.send({
        method: 'POST',
        path: `${jobPath(job)}/buildWithParameters`,
        form: { ...Object.fromEntries(values), [markerParameter]: marker },
        signal,
      })
      const [, id] = /\/queue\/item\/(\d+)\/?$/.exec(headers.get('location') ?? '') ?? []
      if (id !== undefined) return { job, queueItem: Number(id) }
      throw new ConnectorAnswerInvalid(`${channel.what}: the answer does not name the queue item`)
    },
    async find(given, call): Promise<Answer<StartedBuild>> {
      const { job } = http.checked(BuildInput, given, channel)
      const isOurs = (each: Pick<RawBuild, 'actions'>) => hasParameter(each, markerParameter, call.marker)
      const {
        queued,
        built,
        sinceMs = 0,
      } = await locateBuild(channel, call, { job, isQueued: isOurs, isBuilt: isOurs })
      const queueItem = queued?.id ?? built?.queueId
      if (queueItem !== undefined) return found({ job, queueItem })
      if (sinceMs <= Date.parse(call.intendedAt)) return notFound()
      const problem = `the newest ${recentBuilds} builds of ${job} all began later, so it can't be told whether this one did`
      throw new ConnectorUnavailable(`${channel.what}: ${problem}; look for it in Jenkins`, { mayHaveHappened: false })
    },
    about: ({ job }) => ({ key: job, url: `${url.replace(/\/$/, '')}${jobPath(job)}` }),
  })
}

async function checkMarkerParameter({ send, what }: http.HttpChannel, job: string, signal: AbortSignal): Promise<void> {
  const { status, json } = await send({ path: `${jobPath(job)}/api/json`, query: { tree: parametersTree }, signal })
  const { property } = parseAnswer(ParametersAnswer, json, what)
  const names = property.flatMap((each) => each?.parameterDefinitions ?? []).map(({ name }) => name)
  if (names.includes(markerParameter)) return
  const problem = `the job has no string parameter ${markerParameter}, by which its builds are found again`
  throw new ConnectorRefused(`${what}: ${problem}; nothing was started`, { status })
}
