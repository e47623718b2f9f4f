import type * as z from 'zod'
import type { StandInAnswer } from '../../../stand-ins/http-stand-in.ts'

/** An answer that ends the handling of a request. */
export class Refusal extends Error {
  readonly answer: StandInAnswer

  constructor(status: number, message: string) {
    super(message)
    this.answer = failure(status, message)
  }
}

export function failure(status: number, message: string): StandInAnswer {
  return { status, json: { message } }
}

/** The body in the shape that is expected; 400 with the places that are not. */
export function check<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new Refusal(400, parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
}
