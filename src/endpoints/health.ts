import * as z from 'zod'
import { maskSecrets } from '../secrets/secret.ts'
import { open } from './auth.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { problem } from './problem-types.ts'

/** Whether the server can take work. */
export type Readiness = () => Promise<{
  isReady: boolean
  /** What the server depends on, by name: true where it is well, false or a reason where it is not. */
  checks: Readonly<Record<string, boolean | string>>
}>

/** `/health`: the process is alive and answers. */
export const health = endpoint({
  method: 'GET',
  path: '/health',
  summary: 'Whether the server is alive',
  tags: ['server'],
  auth: open(),
  output: z.object({ status: z.literal('up') }),
  run: () => ({ status: 'up' as const }),
})

/** `/ready`: 200 when the server can take work, 503 otherwise; both with what is well and what is not. */
export function readyEndpoint(readiness: Readiness): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/ready',
    summary: 'Whether the server can take work',
    description: 'Answers 503 with the same `checks` when it can not. A server that answers 200 may lack some of them.',
    tags: ['server'],
    auth: open(),
    output: z.object({ status: z.literal('ready'), checks: z.record(z.string(), z.union([z.boolean(), z.string()])) }),
    run: async () => {
      const { isReady, checks } = await readiness()
      const told = Object.fromEntries(Object.entries(checks).map(([name, state]) => [name, shown(state)]))
      if (isReady) return { status: 'ready' as const, checks: told }
      const missing = Object.keys(checks).filter((name) => checks[name] !== true)
      throw problem('endpoint.not_ready', `Not ready: ${missing.join(', ')}.`, {
        headers: { 'retry-after': '5' },
        members: { checks: told },
      })
    },
  })
}

function shown(state: boolean | string): boolean | string {
  return typeof state === 'string' ? maskSecrets(state) : state
}
