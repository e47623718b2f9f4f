import * as z from 'zod'
import type { CallOptions, Effect } from '../../connectors/effect.ts'
import * as http from '../../connectors/http.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import { maskSecrets, type Secret } from '../../secrets/secret.ts'
import {
  AbortAnswer,
  DoesNotExist,
  type Execution,
  ExecutionAnswer,
  ExecutionsAnswer,
  execution,
  JobAnswer,
  OutputAnswer,
  RunAnswer,
} from './schema.ts'

export interface RundeckOptions {
  /** Where people open Rundeck: `https://rundeck.acme.example`. */
  url: string
  /** An API token. */
  token: Secret
  /** The version of the API that is spoken, at least 44 (Rundeck 4.10, February 2023). Default 44. */
  apiVersion?: number
}

/** The first one that tells the options of a job as JSON. */
const leastApiVersion = 44

/** The option that every job which Adder runs has to have, for Adder's marker. */
const markerOption = 'ADDER_MARKER'
/** The newest executions of a job among which one without an answer is looked for. */
const recentExecutions = 300
const longestOutput = 4000

const JobOptions = z
  .record(
    z.string().regex(/^[\w.-]{1,100}$/),
    z
      .string()
      .max(10_000)
      .refine((value) => !value.includes('${'), 'holds "${", which Rundeck would fill in'),
  )
  .refine((values) => Object.keys(values).length <= 100, 'has more than 100 options')
  .refine((values) => !Object.hasOwn(values, markerOption), `${markerOption} is Adder's own`)

const RunInput = z.object({ job: z.string().regex(/^[\w-]{1,100}$/), options: JobOptions.default({}) })
const ExecutionInput = z.object({ id: z.int().positive() })

/** What was started, and what `execution`, `output` and `abort` are about. */
export type StartedExecution = z.infer<typeof ExecutionInput>

const unfinished: readonly string[] = ['scheduled', 'queued', 'running']

/** Whether an execution is over, well or not. What `failed-with-retry` is over, too: its retry is another one. */
export function isOver({ status }: Pick<Execution, 'status'>): boolean {
  return !unfinished.includes(status)
}

/**
 * Runs Rundeck's jobs, tells how far they are, and aborts them.
 *
 * `run({ job, options })` runs a job, by its id, now. The job needs an option `ADDER_MARKER` besides its own, by which
 * the execution is found again where the answer got lost, among the job's newest 300; without it nothing is run.
 * `execution(started)` says how far it is or how it ended; `output({ id, lines })` gives the last lines of its log, 20
 * by default and 4,000 characters at most. `abort(started)` has Rundeck end it, which may take a while; one that is over
 * is left as it is.
 *
 * https://docs.rundeck.com/docs/api/ (read in November 2026)
 */
export function connector(options: RundeckOptions) {
  expectOptions('rundeck.connector', options, { url: 'string', token: 'any', apiVersion: 'any?' })
  const { url, token, apiVersion = leastApiVersion } = options
  if (!Number.isInteger(apiVersion) || apiVersion < leastApiVersion)
    throw new ConfigError([
      { at: 'the apiVersion of Rundeck', problem: `must be a whole number from ${leastApiVersion}` },
    ])
  const api = `/api/${apiVersion}`
  const notFound = { status: 404, answer: DoesNotExist }
  const executionPath = ({ id }: StartedExecution) => api + http.path`/execution/${String(id)}`
  return http.connector({
    integration: 'rundeck',
    title: 'Rundeck',
    docs: 'https://docs.rundeck.com/docs/api/',
    baseUrl: url,
    auth: http.header('X-Rundeck-Auth-Token', token),
    lookups: {
      execution: http.lookup({
        input: ExecutionInput,
        request: (started) => ({ path: executionPath(started) }),
        answer: ExecutionAnswer,
        found: execution,
        notFound,
      }),
      output: http.lookup({
        input: ExecutionInput.extend({ lines: z.int().min(1).max(200).default(20) }),
        request: ({ id, lines }) => ({ path: `${executionPath({ id })}/output`, query: { lastlines: lines } }),
        answer: OutputAnswer,
        found: ({ entries }) =>
          entries
            .map(({ log }) => log)
            .join('\n')
            .slice(-longestOutput),
        notFound,
      }),
    },
    effects: {
      run: run(api),
      abort: http.effect({
        once: 'by state',
        finding: 'cheap',
        input: ExecutionInput,
        request: (started) => ({ path: `${executionPath(started)}/abort` }),
        answer: AbortAnswer,
        made: aborted,
        find: {
          request: (started) => ({ path: executionPath(started) }),
          answer: ExecutionAnswer,
          found: (answer, started) => (isOver(answer) ? started : undefined),
          notFound,
        },
      }),
    },
    probe: { path: `${api}/projects` },
  })
}

/** Rundeck answers with success, too, where it did not abort: most often because there was nothing left to abort. */
function aborted({ abort, execution }: z.output<typeof AbortAnswer>, started: StartedExecution): StartedExecution {
  if (abort.status !== 'failed' || isOver(execution)) return started
  const reason = maskSecrets(abort.reason ?? 'it does not say why').slice(0, 300)
  throw new ConnectorRefused(`Rundeck: abort: the execution was not aborted (${reason})`, { status: 200 })
}

function run(api: string) {
  const runOnce = http.effect({
    once: 'by marker',
    finding: 'cheap',
    input: RunInput,
    request: ({ job, options }, { marker }) => ({
      path: api + http.path`/job/${job}/run`,
      body: { options: { ...options, [markerOption]: marker } },
    }),
    answer: RunAnswer,
    made: ({ id }) => ({ id }),
    find: {
      request: ({ job }) => ({ path: api + http.path`/job/${job}/executions`, query: { max: recentExecutions } }),
      answer: ExecutionsAnswer,
      found({ executions }, { job: name }, { marker, intendedAt }) {
        // The oldest, for a retry and a person who runs it again copy its options.
        const ours = executions.findLast(({ job }) => job?.options?.[markerOption] === marker)
        if (ours !== undefined) return { id: ours.id }
        const oldest = executions[recentExecutions - 1]?.['date-started']?.unixtime ?? 0
        if (oldest <= Date.parse(intendedAt)) return undefined
        const problem = `the newest ${recentExecutions} executions of ${name} all began later`
        throw new ConnectorUnavailable(
          `Rundeck: ${problem}, so it can't be told whether this one did; look for it there`,
          {
            mayHaveHappened: false,
          },
        )
      },
    },
  })
  return (channel: http.HttpChannel): Effect<z.input<typeof RunInput>, StartedExecution> => {
    const effect = runOnce(channel)
    return {
      ...effect,
      async make(given, call) {
        const { job } = http.checked(RunInput, given, channel)
        await checkMarkerOption(channel, api + http.path`/job/${job}`, call)
        return effect.make(given, call)
      },
    }
  }
}

async function checkMarkerOption(
  { send, what }: http.HttpChannel,
  jobPath: string,
  { signal }: CallOptions,
): Promise<void> {
  const { status, json } = await send({ path: jobPath, query: { format: 'json' }, signal })
  const names = parseAnswer(JobAnswer, json, what)
    .flatMap(({ options }) => options ?? [])
    .map(({ name }) => name)
  if (names.includes(markerOption)) return
  const problem = `the job has no option ${markerOption}, by which its executions are found again`
  throw new ConnectorRefused(`${what}: ${problem}; nothing was run`, { status })
}
