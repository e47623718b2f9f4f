import * as z from 'zod'
import { Problem } from './problem.ts'
import { problem } from './problem-types.ts'

/** The outcome of a look-up, by its form: this room does not know connectors. */
export type OutcomeLike<T> =
  | { kind: 'found'; value: T }
  | { kind: 'not_found' }
  | { kind: 'rate_limited'; until?: string }
  | { kind: 'failed'; code: string; reason: string }

/**
 * What is sent for the outcome of a look-up; throws a problem where there is nothing to send. Everything else is given
 * back as it is, also an outcome that the output itself declares.
 */
export function valueOfOutcome(result: unknown, output: z.ZodType): unknown {
  if (typeof result !== 'object' || result === null || !('kind' in result)) return result
  const outcome = outcomeSchema.safeParse(result)
  if (!outcome.success || declaresOutcomes(output, result)) return result
  switch (outcome.data.kind) {
    case 'found':
      return outcome.data.value
    case 'not_found':
      throw problem('endpoint.not_found', 'What was asked for does not exist.')
    case 'rate_limited':
      throw unavailable('connector.rate_limited', secondsUntil(outcome.data.until))
    case 'failed':
      throw unavailable(outcome.data.code, undefined, outcome.data.reason)
  }
}

/** An object schema accepts what it does not declare, so it is asked for the key; others are asked for the value. */
function declaresOutcomes(output: z.ZodType, result: unknown): boolean {
  return output instanceof z.ZodObject ? Object.hasOwn(output.shape, 'kind') : output.safeParse(result).success
}

const outcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('found'), value: z.unknown() }),
  z.strictObject({ kind: z.literal('not_found') }),
  z.strictObject({ kind: z.literal('rate_limited'), until: z.string().optional() }),
  z.strictObject({ kind: z.literal('failed'), code: z.string(), reason: z.string() }),
])

/** The reason is for the log alone. */
function unavailable(code: string, retryAfterSeconds: number | undefined, cause?: string): Problem {
  return new Problem({
    status: 503,
    code,
    title: 'Not available at the moment',
    detail: 'An outside system could not be asked.',
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    cause,
  })
}

function secondsUntil(until: string | undefined): number | undefined {
  const seconds = until === undefined ? Number.NaN : Math.ceil((Date.parse(until) - Date.now()) / 1000)
  return Number.isNaN(seconds) ? undefined : Math.max(1, seconds)
}
