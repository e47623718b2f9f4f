import type * as z from 'zod'
import type { StandInAnswer } from '../../../stand-ins/http-stand-in.ts'

/** An answer that ends the handling of a request. */
export class Refusal extends Error {
  readonly answer: StandInAnswer

  constructor(answer: StandInAnswer) {
    super(`answered ${answer.status}`)
    this.answer = answer
  }
}

/** Jira's body for an error. */
export function failure(status: number, message: string, errors: Record<string, string> = {}): StandInAnswer {
  const headers: Record<string, string> = status === 429 ? { 'ratelimit-reason': 'jira-burst-based' } : {}
  return { status, headers, json: { errorMessages: message === '' ? [] : [message], errors } }
}

/** Jira's 400 for values of fields. */
export function fieldFailure(errors: Record<string, string>): Refusal {
  return new Refusal(failure(400, '', errors))
}

/** The body in the documented shape; anything else is refused as Jira does, with the place added. */
export function checkBody<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const places = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ')
  const message = `Invalid request payload. Refer to the REST API documentation and try again. (${places})`
  throw new Refusal(failure(400, message))
}
