import type { CheckedAuth } from '../endpoints/auth.ts'
import { Problem } from '../endpoints/problem.ts'

/** The same auth, which also records each request that it refuses, by the request's id and with the reason, before that is answered. */
export function recordRefusals(auth: CheckedAuth, record: (id: string, reason: string) => Promise<void>): CheckedAuth {
  const { beforeBody, afterBody, ...rest } = auth

  async function recorded<T>(id: string, check: () => T | Promise<T>): Promise<T> {
    try {
      return await check()
    } catch (error) {
      if (error instanceof Problem) await record(id, error.message)
      throw error
    }
  }

  return {
    ...rest,
    ...(beforeBody && { beforeBody: (request, services) => recorded(request.id, () => beforeBody(request, services)) }),
    ...(afterBody && {
      afterBody: (request, body, services) => recorded(request.id, () => afterBody(request, body, services)),
    }),
  }
}
