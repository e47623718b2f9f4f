import * as z from 'zod'
import * as http from '../../connectors/http.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import {
  CancelAnswer,
  type Execution,
  ExecutionAnswer,
  execution,
  NotThere,
  outputText,
  ResultAnswer,
  StartAnswer,
  TracesAnswer,
} from './schema.ts'

export interface StackStormOptions {
  /** Where people open StackStorm: `https://st2.acme.example`. */
  url: string
  /** An API key. */
  apiKey: Secret
}

const longestParameters = 100_000
const longestOutput = 4000

/** StackStorm fills in Jinja, also what its key-value store holds, and a value of an alert must not choose that. */
const jinja = /\{[{%#]/

const Parameters = z
  .record(z.string().regex(/^\w{1,100}$/), z.json())
  .refine((values) => JSON.stringify(values).length <= longestParameters, `are over ${longestParameters} characters`)
  .refine((values) => !jinja.test(JSON.stringify(values)), 'hold "{{", "{%" or "{#", which StackStorm would fill in')

const RunInput = z.object({
  action: z
    .string()
    .max(200)
    .regex(/^[\w-]+(\.[\w-]+)+$/, 'is no reference such as core.remote'),
  parameters: Parameters.default({}),
})
const ExecutionInput = z.object({ id: z.string().regex(/^[0-9a-f]{24}$/, 'is no id of an execution') })

/** What was started, and what `execution`, `output` and `cancel` are about. */
export type StartedExecution = z.infer<typeof ExecutionInput>

const ends: readonly string[] = ['succeeded', 'failed', 'timeout', 'canceled', 'abandoned']

/** Whether an execution is over, well or not. */
export function isOver({ status }: Pick<Execution, 'status'>): boolean {
  return ends.includes(status)
}

/**
 * Runs StackStorm's actions and workflows, tells how far they are, and cancels them.
 *
 * `run({ action, parameters })` runs an action by its reference, `core.remote`; the marker is the tag of its trace, by
 * which the execution is found again where the answer got lost. `execution(started)` says how far it is or how it ended;
 * `output(started)` gives the last 4,000 characters of what it left. `cancel(started)` has StackStorm end it, which may
 * take a while: it is `canceling` until then. One that is over is left as it is.
 *
 * https://api.stackstorm.com, https://docs.stackstorm.com/reference/trace.html (read in November 2026)
 */
export function connector(options: StackStormOptions) {
  expectOptions('stackStorm.connector', options, { url: 'string', apiKey: 'any' })
  const { url, apiKey } = options
  const request =
    (exclude: string) =>
    ({ id }: StartedExecution) => ({
      path: http.path`/api/v1/executions/${id}`,
      query: { exclude_attributes: exclude },
    })
  const notFound = { status: 404, answer: NotThere }
  return http.connector({
    integration: 'stackstorm',
    title: 'StackStorm',
    docs: 'https://api.stackstorm.com',
    baseUrl: url,
    auth: http.header('St2-Api-Key', apiKey),
    lookups: {
      execution: http.lookup({
        input: ExecutionInput,
        request: request('result,trigger_instance'),
        answer: ExecutionAnswer,
        found: execution,
        notFound,
      }),
      output: http.lookup({
        input: ExecutionInput,
        request: request('trigger_instance'),
        answer: ResultAnswer,
        found: ({ result }) => outputText(result).slice(-longestOutput),
        notFound,
      }),
    },
    effects: {
      run: http.effect({
        once: 'by marker',
        finding: 'cheap',
        input: RunInput,
        request: ({ action, parameters }, { marker }) => ({
          path: '/api/v1/executions',
          body: { action, parameters, context: { trace_context: { trace_tag: marker } } },
        }),
        answer: StartAnswer,
        made: ({ id }) => ({ id }),
        // An execution is handed to a runner after its trace is written: one without a trace never begins.
        find: {
          request: (_, { marker }) => ({ path: '/api/v1/traces', query: { trace_tag: marker } }),
          answer: TracesAnswer,
          found(traces, { action }) {
            // The trace of a workflow has the executions of its tasks, too, later ones.
            const ours = traces.flatMap((trace) => trace.action_executions).find(({ ref }) => ref === action)
            return ours && { id: ours.object_id }
          },
        },
      }),
      cancel: http.effect({
        once: 'by state',
        finding: 'cheap',
        input: ExecutionInput,
        request: ({ id }) => ({ method: 'DELETE', path: http.path`/api/v1/executions/${id}` }),
        answer: CancelAnswer,
        made: (_, started) => started,
        find: {
          request: request('result,trigger_instance'),
          answer: ExecutionAnswer,
          found: (answer, started) => (answer.status === 'canceling' || isOver(answer) ? started : undefined),
          notFound,
        },
      }),
    },
    probe: { path: '/api/v1/executions', query: { limit: 1, exclude_attributes: 'result,trigger_instance' } },
  })
}
