import * as z from 'zod'
import { isShortJson } from '../../connectors/is-short-json.ts'

/** One execution of a durable function. */
export interface Execution {
  /** Lambda's word in small letters: `running`, or one of the ends `succeeded`, `failed`, `timed_out`, `stopped`. */
  status: string
  /** The version of the function that runs. */
  version?: string
  /** ISO 8601. */
  startedAt: string
  /** ISO 8601. */
  endedAt?: string
}

/** What an execution came to; nothing of it is there before its end. */
export interface ExecutionResult {
  /** What the function returned, where that is at most 100,000 characters as JSON, and 64 levels. */
  result?: unknown
  error?: { type?: string; message?: string }
}

/** What a function answered. */
export interface Invoked {
  /** What the function returned, where that is at most 100,000 characters as JSON, and 64 levels. */
  answer?: unknown
}

const longestMessage = 4000

/** Seconds since 1970, as far as a `Date` goes. */
const Moment = z.number().min(0).max(8_640_000_000_000)

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecution.html */
export const ExecutionAnswer = z.object({
  Status: z.string().max(100),
  Version: z.string().max(1024).nullish(),
  StartTimestamp: Moment,
  EndTimestamp: Moment.nullish(),
})

export const ResultAnswer = z.object({
  Status: z.string().max(100),
  Result: z.string().nullish(),
  Error: z.object({ ErrorType: z.string().nullish(), ErrorMessage: z.string().nullish() }).nullish(),
})

/** The body of a 404 that is about the function or the execution, and not about the address. */
export const NotThere = z.object({ Type: z.string(), Message: z.string() })

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html */
export const ConfigurationAnswer = z.object({
  /** In seconds. */
  Timeout: z.int(),
  /** Only a durable function has one. */
  DurableConfig: z.object({}).nullish(),
})

export type Configuration = z.infer<typeof ConfigurationAnswer>

/** What a function that failed leaves in place of its answer, most often. */
export const FailureAnswer = z.object({ errorType: z.string().nullish(), errorMessage: z.string().nullish() }).catch({})

export function execution(answer: z.infer<typeof ExecutionAnswer>): Execution {
  const { Status, Version, StartTimestamp, EndTimestamp } = answer
  return {
    status: Status.toLowerCase(),
    ...(Version ? { version: Version } : {}),
    startedAt: moment(StartTimestamp),
    ...(EndTimestamp ? { endedAt: moment(EndTimestamp) } : {}),
  }
}

export function executionResult({ Result, Error: error }: z.infer<typeof ResultAnswer>): ExecutionResult {
  const result = Result ? parsed(Result) : undefined
  return {
    ...(isShortJson(result) ? { result } : {}),
    ...(error
      ? {
          error: {
            ...(error.ErrorType ? { type: error.ErrorType.slice(0, longestMessage) } : {}),
            ...(error.ErrorMessage ? { message: error.ErrorMessage.slice(0, longestMessage) } : {}),
          },
        }
      : {}),
  }
}

function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

/** A function may write its result in a form of its own. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
