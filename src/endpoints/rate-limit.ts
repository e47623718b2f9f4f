import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { BeforePlugin } from './plugin.ts'
import { problem } from './problem-types.ts'

export interface RateLimitOptions {
  /** How many requests a caller may make in a window. */
  max: number
  /** The window's length in seconds. */
  per: number
}

type Limiter = ReturnType<FastifyInstance['createRateLimit']>

/**
 * At most `max` requests in `per` seconds for each caller that its token or auth names before the body is read, and
 * for each remote address otherwise (IPv6: for each /64). Over that: 429 with `Retry-After`. Counted in this process;
 * endpoints that are given the same plugin object share the count.
 */
export function rateLimit({ max, per }: RateLimitOptions): BeforePlugin {
  const limiters = new WeakMap<FastifyInstance, Limiter>()

  const limiterOf = (request: FastifyRequest): Limiter => {
    const known = limiters.get(request.server)
    if (known !== undefined) return known
    const made = request.server.createRateLimit({ max, timeWindow: per * 1000, keyGenerator })
    limiters.set(request.server, made)
    return made
  }

  return {
    name: 'rate-limit',
    problems: [429],
    async beforeBody({ raw }) {
      const state = await limiterOf(raw)(raw)
      if (state.isAllowed || !state.isExceeded) return
      throw problem('endpoint.rate_limited', `At most ${max} requests in ${per} seconds are answered.`, {
        headers: { 'retry-after': String(Math.max(1, state.ttlInSeconds)) },
      })
    },
  }
}

function keyGenerator(request: FastifyRequest): string {
  const { caller } = request.exchange
  return caller === undefined ? `address ${normalizeIP(request.ip)}` : `caller ${caller.name}`
}
