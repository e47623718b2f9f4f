import type * as z from 'zod'
import type { StandInAnswer } from '../../../stand-ins/http-stand-in.ts'

/** An answer that ends the handling of a request. */
export class Refusal extends Error {
  readonly answer: StandInAnswer

  constructor(status: number, message: string) {
    super(`answered ${status}`)
    this.answer = failure(status, message)
  }
}

/** GitHub's body for an error. */
export function failure(status: number, message: string, page = 'rest'): StandInAnswer {
  return { status, json: { message, documentation_url: `https://docs.github.com/${page}`, status: String(status) } }
}

/** The body in the documented shape; anything else is refused as GitHub does, with the place added. */
export function checkBody<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const places = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ')
  throw new Refusal(422, `Validation Failed (${places})`)
}
