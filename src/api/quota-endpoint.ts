import { type Endpoint, endpoint } from '../endpoints/endpoint.ts'
import { token } from '../endpoints/token.ts'
import type { QuotaStatus } from '../engine/quota-object.ts'
import { Quotas } from './shapes.ts'

export interface QuotaEndpointOptions {
  /** What is used of each connector's quota; undefined of those that have none. */
  quotas(): Promise<ReadonlyMap<string, QuotaStatus | undefined>>
}

/** `/api/quotas`: what is used of each connector's quota. */
export function quotaEndpoint({ quotas }: QuotaEndpointOptions): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/api/quotas',
    summary: "Show what is used of each connector's quota",
    description: 'As Adder counts: what others ask with the same key shows only when the outside system refuses.',
    tags: ['quotas'],
    auth: token('quotas:read'),
    output: Quotas,
    run: async () => ({ items: [...(await quotas())].map(([connector, status]) => ({ connector, ...shown(status) })) }),
  })
}

function shown(status?: QuotaStatus) {
  if (status === undefined) return { windows: [], waiting: 0 }
  const { windows, waiting, nextTurnAt, blockedUntil } = status
  return {
    windows: windows.map(({ requests, per, used, resetsAt }) => ({
      requests,
      per,
      used,
      remaining: Math.max(0, requests - used),
      ...(resetsAt === undefined ? {} : { resetsAt: iso(resetsAt) }),
    })),
    waiting,
    nextTurnAt: iso(nextTurnAt),
    ...(blockedUntil === undefined ? {} : { blockedUntil: iso(blockedUntil) }),
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
