import type * as restate from '@restatedev/restate-sdk'
import type { Admin } from './admin.ts'
import { isUnfit } from './superseding.ts'

/** How the engine handles what runs share. */
export type SharedHandling = Pick<
  restate.ServiceHandlerOpts<unknown, unknown>,
  'journalRetention' | 'inactivityTimeout' | 'retryPolicy' | 'hooks'
>

/** Nothing of it is kept when it has ended. What no longer fits its journal ends, and whoever called asks again. */
export function sharedHandling({
  admin,
  inactivityTimeoutMs,
}: {
  admin: Admin
  inactivityTimeoutMs: number
}): SharedHandling {
  const endUnfit: restate.HooksProvider = ({ request }) => ({
    interceptor: {
      handler: async (proceed) => {
        try {
          await proceed()
        } catch (error) {
          if (isUnfit(error)) await admin.kill(request.id)
          throw error
        }
      },
    },
  })
  return {
    journalRetention: 0,
    inactivityTimeout: inactivityTimeoutMs,
    retryPolicy: { initialInterval: 50, exponentiationFactor: 2, maxInterval: { seconds: 10 }, maxAttempts: 1_000_000 },
    hooks: [endUnfit],
  }
}
