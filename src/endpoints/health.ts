import * as z from 'zod'
import { maskSecrets } from '../secrets/secret.ts'
import { open } from './auth.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { problem } from './problem-types.ts'

/** What the server depends on, by name: true where it is ready, false or a reason where it is not. */
export type Readiness = () => Promise<Readonly<Record<string, boolean | string>>>

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

/** `/ready`: 200 when everything that the server depends on is ready, 503 with what is not otherwise. */
export function readyEndpoint(readiness: Readiness): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/ready',
    summary: 'Whether the server can take work',
    description: 'Answers 503 with the same `checks` when something that it depends on is not ready.',
    tags: ['server'],
    auth: open(),
    output: z.object({ status: z.literal('ready'), checks: z.record(z.string(), z.boolean()) }),
    run: async () => {
      const checks = Object.entries(await readiness())
      const missing = checks.filter(([, state]) => state !== true)
      if (missing.length === 0)
        return { status: 'ready' as const, checks: Object.fromEntries(checks.map(([name]) => [name, true])) }
      throw problem('endpoint.not_ready', `Not ready: ${missing.map(([name]) => name).join(', ')}.`, {
        headers: { 'retry-after': '5' },
        members: { checks: Object.fromEntries(checks.map(([name, state]) => [name, shown(state)])) },
      })
    },
  })
}

function shown(state: boolean | string): boolean | string {
  return typeof state === 'string' ? maskSecrets(state) : state
}
