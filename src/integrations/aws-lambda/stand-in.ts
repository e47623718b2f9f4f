import { randomUUID } from 'node:crypto'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'
import { checkSignature } from './stand-in/check-signature.ts'

export interface StandInFunction {
  /** Whether executions of it can be started, and last until a test ends them. Default false. */
  isDurable?: boolean
  /** Whether Lambda is still making it ready; a test may change it. Default false. */
  isPending?: boolean
  /** In seconds. Default 3, which is Lambda's own. */
  timeout?: number
  /** What it returns; what it throws is how it fails. Default: what it was sent. */
  run?(payload: unknown): unknown
}

export interface AwsLambdaStandInOptions {
  /** The functions by their names. */
  functions?: Record<string, StandInFunction>
  /** Default: the credentials are not temporary. */
  sessionToken?: string
  /** Default 0: the system picks one. */
  port?: number
}

export interface AwsLambdaStandIn extends HttpStandIn {
  region: string
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | undefined
  /** What functions were invoked with, oldest first; those that an execution was started of, once for each. */
  invocations(): readonly { function: string; type: string; payload: unknown }[]
  /** The name of each execution that was ever started, oldest first. */
  started(): readonly string[]
  /** How far each execution is that Lambda still knows, oldest first. */
  statuses(): readonly string[]
  /** All executions that run end like this. */
  finish(status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT', end?: ExecutionEnd): void
  /** The retention period of all executions is over. */
  expire(): void
  /** The session of the credentials is over. */
  endSession(): void
}

export interface ExecutionEnd {
  /** What the function returned, as its SDK wrote it: JSON most often. */
  result?: string
  error?: { ErrorType?: string; ErrorMessage?: string }
}

interface StandInExecution {
  arn: string
  name: string
  functionArn: string
  version: string
  input: string
  status: string
  startedAt: number
  endedAt?: number
  end: ExecutionEnd
}

const account = '123456789012'
const limits = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024 }

/**
 * A Lambda whose durable executions a test ends; on 127.0.0.1, listening once the promise resolves. It refuses what is not
 * signed as AWS wants it, or by a session that is over, functions that are not there or not ready, durable ones without a
 * version, payloads that are no JSON or too large, and an execution's name with another payload; the same name with the
 * same payload is the execution of before.
 *
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html,
 * https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html,
 * https://docs.aws.amazon.com/lambda/latest/api/API_StopDurableExecution.html (read in November 2026)
 */
export async function startAwsLambda({
  functions = { 'scan-host': { isDurable: true }, 'resolve-name': {} },
  sessionToken,
  port = 0,
}: AwsLambdaStandInOptions = {}): Promise<AwsLambdaStandIn> {
  const region = 'eu-central-1'
  const accessKeyId = `AKIA${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`
  const secretAccessKey = randomUUID()
  let executions: StandInExecution[] = []
  let isSessionOver = false
  const started: string[] = []
  const invocations: { function: string; type: string; payload: unknown }[] = []

  const server = await httpStandIn({
    port,
    failure: (status, message) =>
      failure(status, status === 429 ? 'TooManyRequestsException' : 'ServiceException', message),
    routes: {
      'GET /2016-08-19/account-settings': signed(() => ({ json: { AccountLimit: {}, AccountUsage: {} } })),
      'GET /2015-03-31/functions/:name/configuration': signed(asked(configuration)),
      'POST /2015-03-31/functions/:name/invocations': signed(asked(invoke)),
      'GET /2025-12-01/durable-executions/:arn': signed(({ params, query }) => {
        const execution = executions.find(({ arn }) => arn === params.arn)
        if (execution === undefined) return missing(`Durable execution not found: ${params.arn}`)
        return { json: shown(execution, { withData: query.get('IncludeExecutionData') !== 'false' }) }
      }),
      'POST /2025-12-01/durable-executions/:arn/stop': signed(stop),
    },
  })

  function signed(handler: (request: StandInRequest) => StandInAnswer) {
    return (request: StandInRequest): StandInAnswer => {
      const now = new Date()
      const expected = { accessKeyId, secretAccessKey, sessionToken, region, service: 'lambda', now }
      const fault = checkSignature(request, expected)
      if (fault !== undefined) return failure(403, fault.type, fault.message)
      if (isSessionOver)
        return failure(403, 'ExpiredTokenException', 'The security token included in the request is expired')
      return handler(request)
    }
  }

  interface Asked {
    name: string
    function: StandInFunction
    qualifier: string | undefined
  }

  function asked(handler: (asked: Asked, request: StandInRequest) => StandInAnswer) {
    return (request: StandInRequest): StandInAnswer => {
      const own = `arn:aws:lambda:${region}:${account}:function:`
      const { name: given = '' } = request.params
      const name = given.startsWith(own) ? given.slice(own.length) : given
      if (!/^[\w-]{1,64}$/.test(name))
        return failure(400, 'InvalidParameterValueException', `1 validation error detected: ${name}`)
      const asked = functions[name]
      if (asked === undefined) return missing(`Function not found: ${own}${name}`)
      return handler({ name, function: asked, qualifier: request.query.get('Qualifier') ?? undefined }, request)
    }
  }

  function configuration({ name, function: asked }: Asked): StandInAnswer {
    const { isDurable = false, isPending = false, timeout = 3 } = asked
    const durable = isDurable ? { DurableConfig: { ExecutionTimeout: 86_400, RetentionPeriodInDays: 14 } } : {}
    return {
      json: {
        FunctionName: name,
        Runtime: 'nodejs24.x',
        State: isPending ? 'Pending' : 'Active',
        Timeout: timeout,
        ...durable,
      },
    }
  }

  function invoke(asked: Asked, { headers, text }: StandInRequest): StandInAnswer {
    if (asked.function.isPending === true) return notReady()
    const type = String(headers['x-amz-invocation-type'] ?? 'RequestResponse')
    if (type !== 'RequestResponse' && type !== 'Event')
      return failure(400, 'InvalidParameterValueException', `Invalid InvocationType: ${type}`)
    if (Buffer.byteLength(text) > limits[type])
      return failure(413, 'RequestTooLargeException', `Request must be smaller than ${limits[type]} bytes`)
    // Whatever the content type: AWS's own clients say that it is octets.
    const json = jsonOf(text)
    if (json === undefined)
      return failure(400, 'InvalidRequestContentException', 'Could not parse request body into json')
    if (asked.function.isDurable === true) return startExecution(asked, { headers, text, json })
    invocations.push({ function: asked.name, type, payload: json })
    if (type === 'Event') return { status: 202 }
    return answerOf(asked, json)
  }

  function answerOf({ function: { run = (payload) => payload } }: Asked, payload: unknown): StandInAnswer {
    const version = { 'x-amz-executed-version': '$LATEST' }
    try {
      return { headers: version, json: run(payload) ?? null }
    } catch (error) {
      const { name, message } = error as Error // a test throws errors
      const json = { errorType: name, errorMessage: message, trace: [] }
      return { headers: { ...version, 'x-amz-function-error': 'Unhandled' }, json }
    }
  }

  function startExecution(
    { name: functionName, qualifier }: Asked,
    { headers, text, json }: Pick<StandInRequest, 'headers' | 'text' | 'json'>,
  ): StandInAnswer {
    if (qualifier === undefined)
      return failure(
        400,
        'InvalidParameterValueException',
        'You cannot invoke a durable function using an unqualified ARN.',
      )
    if (headers['x-amz-invocation-type'] !== 'Event')
      return failure(400, 'InvalidParameterValueException', 'This stand-in only queues durable executions')
    const name = String(headers['x-amz-durable-execution-name'] ?? randomUUID())
    if (!/^[\w-]{1,64}$/.test(name))
      return failure(400, 'InvalidParameterValueException', `Invalid durable execution name: ${name}`)
    const known = executions.find((each) => each.name === name)
    if (known !== undefined && known.input !== text)
      return failure(409, 'DurableExecutionAlreadyStartedException', `There is a durable execution named ${name}`)
    const { arn } = known ?? begin()
    return { status: 202, headers: { 'x-amz-durable-execution-arn': arn } }

    function begin(): StandInExecution {
      const functionArn = `arn:aws:lambda:${region}:${account}:function:${functionName}`
      const version = /^\d+$/.test(qualifier ?? '') ? (qualifier ?? '') : '7'
      const arn = `${functionArn}:${version}/durable-execution/${name}/${randomUUID()}`
      const begun = { arn, name, functionArn, version, input: text, status: 'RUNNING', startedAt: Date.now(), end: {} }
      executions.push(begun)
      started.push(name)
      invocations.push({ function: functionName, type: 'Event', payload: json })
      return begun
    }
  }

  function stop({ params, json }: StandInRequest): StandInAnswer {
    const execution = executions.find(({ arn }) => arn === params.arn)
    if (execution === undefined) return missing(`Durable execution not found: ${params.arn}`)
    // What Lambda answers here is not documented; a refusal is the worse case.
    if (execution.status !== 'RUNNING')
      return failure(400, 'InvalidParameterValueException', 'The durable execution is not running')
    const endedAt = Date.now()
    Object.assign(execution, { status: 'STOPPED', endedAt, end: { error: json } })
    return { json: { StopTimestamp: endedAt / 1000 } }
  }

  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, {
    region,
    accessKeyId,
    secretAccessKey,
    sessionToken,
    invocations: () => invocations,
    started: () => started,
    statuses: () => executions.map(({ status }) => status),
    finish(status: string, end: ExecutionEnd = {}) {
      for (const each of executions.filter((execution) => execution.status === 'RUNNING'))
        Object.assign(each, { status, end, endedAt: each.startedAt + 61_234 })
    },
    expire() {
      executions = []
    },
    endSession() {
      isSessionOver = true
    },
  })
}

function shown(execution: StandInExecution, { withData }: { withData: boolean }) {
  const { arn, name, functionArn, version, input, status, startedAt, endedAt, end } = execution
  return {
    DurableExecutionArn: arn,
    DurableExecutionName: name,
    FunctionArn: functionArn,
    Version: version,
    Status: status,
    StartTimestamp: startedAt / 1000,
    ...(endedAt === undefined ? {} : { EndTimestamp: endedAt / 1000 }),
    ExecutionDataIncluded: withData,
    ...(withData ? { InputPayload: input, Result: end.result, Error: end.error } : {}),
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text)
  } catch {
    return undefined
  }
}

function failure(status: number, type: string, message: string): StandInAnswer {
  const json = { Type: status < 500 ? 'User' : 'Service', Message: message }
  return { status, headers: { 'x-amzn-errortype': type }, json }
}

function notReady(): StandInAnswer {
  const state = 'The function is currently in the following state: Pending'
  return failure(409, 'ResourceConflictException', `The operation cannot be performed at this time. ${state}`)
}

function missing(message: string): StandInAnswer {
  return failure(404, 'ResourceNotFoundException', message)
}
