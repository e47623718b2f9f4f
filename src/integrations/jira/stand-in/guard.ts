import { timingSafeEqual } from 'node:crypto'
import type { StandInAnswer, StandInHandler } from '../../../stand-ins/http-stand-in.ts'
import { Refusal } from './answers.ts'

/** Checks the credentials and turns refusals into answers. */
export function guard(handler: StandInHandler, authorization: string): StandInHandler {
  return async (request) => {
    if (!isSame(request.headers.authorization ?? '', authorization)) return unauthorized
    try {
      return await handler(request)
    } catch (error) {
      if (error instanceof Refusal) return error.answer
      throw error
    }
  }
}

const unauthorized: StandInAnswer = {
  status: 401,
  json: { message: 'Client must be authenticated to access this resource.', 'status-code': 401 },
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}
