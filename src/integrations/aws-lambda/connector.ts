import * as z from 'zod'
import type { CallOptions, Effect } from '../../connectors/effect.ts'
import * as http from '../../connectors/http.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { isShortJson } from '../../connectors/is-short-json.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorAnswerInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import { maskSecrets } from '../../secrets/secret.ts'
import {
  type Configuration,
  ConfigurationAnswer,
  ExecutionAnswer,
  execution,
  executionResult,
  FailureAnswer,
  type Invoked,
  NotThere,
  ResultAnswer,
} from './schema.ts'
import { type AwsCredentials, signatureV4 } from './signature-v4.ts'

export interface AwsLambdaOptions extends AwsCredentials {
  /**
   * Where Lambda's API is, if not at `https://lambda.<region>.amazonaws.com` (in China `.amazonaws.com.cn`): an endpoint
   * in a network of one's own, or an emulator on this machine.
   */
  url?: string
}

/** The field of a payload that holds Adder's marker, where Lambda itself takes none. */
const markerField = 'adderMarker'

/** In bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const largestPayload = { waitedFor: 6 * 1024 * 1024, queued: 1024 * 1024 }
/** The time-out of `invoke`, and of a function that it may invoke: the rest is for the way, and for the look at it. */
const invokeTimeoutMs = 50_000
const longestFunctionSeconds = 45

const FunctionName = z
  .string()
  .max(200)
  .regex(/^(arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:)?[\w-]{1,64}$/, 'is no name or ARN of a function')
const Qualifier = z.string().regex(/^(\$LATEST|[\w-]{1,128})$/, 'is no version, alias or $LATEST')

function payloadUpTo(bytes: number) {
  return z
    .record(z.string(), z.json())
    .refine((payload) => Buffer.byteLength(JSON.stringify(payload)) <= bytes, `is over ${bytes} bytes`)
}

function markedPayloadUpTo(bytes: number) {
  const markerBytes = 50
  return payloadUpTo(bytes - markerBytes).refine(
    (payload) => !Object.hasOwn(payload, markerField),
    `${markerField} is Adder's own`,
  )
}

const InvokeInput = z.object({
  function: FunctionName,
  /** A version or an alias. Default: the function as it is now. */
  qualifier: Qualifier.optional(),
  payload: markedPayloadUpTo(largestPayload.waitedFor).default({}),
})
const InvokeAsyncInput = InvokeInput.extend({ payload: markedPayloadUpTo(largestPayload.queued).default({}) })
const StartInput = z.object({
  function: FunctionName,
  /** A version or an alias: Lambda starts no durable function without. `$LATEST` changes under an execution. */
  qualifier: Qualifier,
  payload: payloadUpTo(largestPayload.queued).default({}),
})
const ExecutionInput = z.object({
  arn: z
    .string()
    .max(1024)
    .regex(
      /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+:(\$LATEST(\.PUBLISHED)?|\d+)\/durable-execution\/[\w-]+\/[\w-]+$/,
      'is no ARN of a durable execution',
    ),
})

/** What was started, and what `execution`, `result` and `stop` are about. */
export type StartedExecution = z.infer<typeof ExecutionInput>

/** Whether an execution is over, well or not. */
export function isOver({ status }: { status: string }): boolean {
  return status !== 'running'
}

export type AwsLambda = ReturnType<ReturnType<typeof connector>['connect']>

/**
 * Invokes AWS Lambda's functions, starts the durable ones and tells how far they are, and stops them.
 *
 * `start({ function, qualifier, payload })` starts an execution of a durable function, which may take a year. The marker
 * is the execution's name, by which Lambda itself starts one and no second; it forgets names when the function's
 * retention period is over. `execution(started)` says how far it is or how it ended, `result(started)` what it returned,
 * and `stop(started)` ends it.
 *
 * `invoke({ function, payload })` waits for the answer of a function whose time-out is at most 45 seconds, and
 * `invokeAsync({ function, payload })` only has it queued. Lambda can't tell either of them from an earlier one, so in
 * doubt they are made again, with the same marker in the field `adderMarker` of the payload: a function that must not
 * do something twice remembers it. What is queued Lambda itself may run more than once. A function that fails is
 * `ConnectorRefused`, with the type and the message of its error.
 *
 * A function is looked at before it is invoked, and what could not be followed, or waited for, is not invoked at all. A
 * payload is an object of at most 6 MiB for `invoke` and 1 MiB for the others.
 *
 * Throws a `ConfigError` where the region is none.
 *
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html,
 * https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecution.html (read in November 2026)
 */
export function connector(options: AwsLambdaOptions) {
  expectOptions('awsLambda.connector', options, {
    url: 'string?',
    region: 'string',
    accessKeyId: 'any',
    secretAccessKey: 'any',
    sessionToken: 'any?',
  })
  const { url, ...credentials } = options
  const { region } = credentials
  if (!/^[a-z]{2,4}(-[a-z]+)+-\d$/.test(region))
    throw new ConfigError([{ at: 'the region of AWS Lambda', problem: 'must be one such as eu-central-1' }])
  const executionQuestion = (includeData: boolean) => ({
    request: ({ arn }: StartedExecution) => ({
      path: http.path`/2025-12-01/durable-executions/${arn}`,
      query: { IncludeExecutionData: String(includeData) },
    }),
    notFound: { status: 404, answer: NotThere },
  })
  return http.connector({
    integration: 'aws-lambda',
    title: 'AWS Lambda',
    docs: 'https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html',
    baseUrl: url ?? `https://lambda.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
    isPublic: url === undefined,
    auth: signatureV4(credentials),
    lookups: {
      execution: http.lookup({
        input: ExecutionInput,
        ...executionQuestion(false),
        answer: ExecutionAnswer,
        found: execution,
      }),
      result: http.lookup({
        input: ExecutionInput,
        ...executionQuestion(true),
        answer: ResultAnswer,
        found: executionResult,
      }),
    },
    effects: {
      start: start(region),
      invoke: invoke(region),
      invokeAsync: invokeAsync(region),
      stop: http.effect({
        once: 'by state',
        finding: 'cheap',
        input: ExecutionInput,
        request: ({ arn }) => ({
          path: http.path`/2025-12-01/durable-executions/${arn}/stop`,
          body: { ErrorType: 'Adder', ErrorMessage: 'Stopped by Adder' },
        }),
        answer: z.object({ StopTimestamp: z.number() }),
        made: (_, { arn }) => ({ arn }),
        find: {
          ...executionQuestion(false),
          answer: ExecutionAnswer,
          found: (answer, { arn }) => (isOver(execution(answer)) ? { arn } : undefined),
        },
      }),
    },
    probe: { path: '/2016-08-19/account-settings' },
  })
}

function start(region: string) {
  return (channel: http.HttpChannel): Effect<z.input<typeof StartInput>, StartedExecution> => ({
    once: 'by key',
    async make(given, { marker, signal }) {
      const input = http.checked(StartInput, given, channel)
      await checkFunction(channel, input, { signal, fault: notDurable })
      const { headers } = await send(channel, input, {
        headers: { 'x-amz-invocation-type': 'Event', 'x-amz-durable-execution-name': marker },
        signal,
      })
      const arn = headers.get('x-amz-durable-execution-arn')
      if (arn !== null) return { arn }
      throw new ConnectorAnswerInvalid(`${channel.what}: the answer does not name the execution`)
    },
    about: (input) => functionPage(region, input.function),
  })
}

function invoke(region: string) {
  return (channel: http.HttpChannel): Effect<z.input<typeof InvokeInput>, Invoked> => ({
    once: 'at least once',
    timeoutMs: invokeTimeoutMs,
    async make(given, { marker, signal }) {
      const input = http.checked(InvokeInput, given, channel)
      await checkFunction(channel, input, { signal, fault: (each) => tooLong(each) ?? durable(each) })
      const marked = { ...input, payload: { ...input.payload, [markerField]: marker } }
      const { status, headers, json } = await send(channel, marked, {
        headers: { 'x-amz-invocation-type': 'RequestResponse' },
        signal,
      })
      if (headers.has('x-amz-function-error'))
        throw new ConnectorRefused(`${channel.what}: the function failed (${failure(json)})`, { status })
      return isShortJson(json) ? { answer: json } : {}
    },
    about: (input) => functionPage(region, input.function),
  })
}

function invokeAsync(region: string) {
  return (channel: http.HttpChannel): Effect<z.input<typeof InvokeAsyncInput>, void> => ({
    once: 'at least once',
    async make(given, { marker, signal }) {
      const input = http.checked(InvokeAsyncInput, given, channel)
      await checkFunction(channel, input, { signal, fault: durable })
      const marked = { ...input, payload: { ...input.payload, [markerField]: marker } }
      await send(channel, marked, { headers: { 'x-amz-invocation-type': 'Event' }, signal })
    },
    about: (input) => functionPage(region, input.function),
  })
}

interface Invocation {
  function: string
  qualifier?: string | undefined
  payload: Record<string, unknown>
}

function send(
  channel: http.HttpChannel,
  { function: name, qualifier, payload }: Invocation,
  { headers, signal }: CallOptions & { headers: Record<string, string> },
) {
  return channel.send({
    method: 'POST',
    path: http.path`/2015-03-31/functions/${name}/invocations`,
    query: { Qualifier: qualifier },
    headers,
    body: payload,
    signal,
  })
}

async function checkFunction(
  { send, what }: http.HttpChannel,
  { function: name, qualifier }: Omit<Invocation, 'payload'>,
  { fault, signal }: CallOptions & { fault(configuration: Configuration): string | undefined },
): Promise<void> {
  const path = http.path`/2015-03-31/functions/${name}/configuration`
  const { status, json } = await send({ path, query: { Qualifier: qualifier }, signal })
  const problem = fault(parseAnswer(ConfigurationAnswer, json, what))
  if (problem !== undefined) throw new ConnectorRefused(`${what}: ${problem}; nothing was invoked`, { status })
}

function notDurable({ DurableConfig: config }: Configuration): string | undefined {
  return config ? undefined : 'the function is not durable, so it could not be followed; use invoke or invokeAsync'
}

function durable({ DurableConfig: config }: Configuration): string | undefined {
  return config ? 'the function is durable, and start has it done once' : undefined
}

function tooLong({ Timeout: seconds }: Configuration): string | undefined {
  if (seconds <= longestFunctionSeconds) return undefined
  const problem = `the function's time-out is ${seconds} seconds, and it is waited for ${longestFunctionSeconds} at most`
  return `${problem}; use invokeAsync, or make it durable`
}

function failure(json: unknown): string {
  const { errorType, errorMessage } = FailureAnswer.parse(json)
  const said = [errorType, errorMessage].filter(Boolean).join(': ') || 'it does not say why'
  // Masked before it is cut: half a secret would not be found.
  return maskSecrets(said.slice(0, 10_000)).replaceAll(/\s+/g, ' ').slice(0, 300)
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-common.html */
function functionPage(region: string, name: string) {
  const key = name.replace(/^.*:/, '')
  return { key, url: `https://${region}.console.aws.amazon.com/lambda/home?region=${region}#/functions/${key}` }
}
