import { timingSafeEqual } from 'node:crypto'
import type { StandInAnswer, StandInHandler } from '../../../stand-ins/http-stand-in.ts'
import { Refusal } from './answers.ts'
import type { Account } from './site.ts'

/** Checks the credentials and turns refusals into answers. */
export function guard(
  handler: StandInHandler,
  { account, token }: { account: Account; token: string },
): StandInHandler {
  const expected = `Basic ${Buffer.from(`${account.emailAddress}:${token}`).toString('base64')}`
  return async (request) => {
    if (!isSame(request.headers.authorization ?? '', expected)) return unauthorized
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
