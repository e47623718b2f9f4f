import { ConfigError } from '../errors/config-error.ts'

const periods = ['second', 'minute', 'hour', 'day', 'month'] as const

/** `day` and `month` begin at 00:00 UTC; the shorter ones are any second, minute or hour. */
export type Period = (typeof periods)[number]

export interface QuotaWindow {
  requests: number
  per: Period
}

/** How often an outside system may be asked: every window holds, and each period has one at most. */
export type Quota = readonly QuotaWindow[]

/**
 * The quota itself.
 *
 * @param at where it is written, for the message.
 * @throws ConfigError where no request would ever be allowed, or a window is none.
 */
export function checkQuota(quota: Quota, at: string): Quota {
  // Who writes JavaScript has no compiler to say so.
  if (!Array.isArray(quota)) throw fault(at, 'must be a list such as [{ requests: 4, per: "minute" }]')
  for (const [index, { requests, per }] of (quota as Quota).entries()) {
    const where = `${at}[${index}]`
    if (!Number.isInteger(requests) || requests < 1 || requests > 10_000_000)
      throw fault(`${where}.requests`, 'must be a whole number from 1 to 10,000,000')
    if (!periods.includes(per)) throw fault(`${where}.per`, `must be one of ${periods.join(', ')}`)
    if ((quota as Quota).findIndex((each) => each.per === per) < index)
      throw fault(`${where}.per`, `there is another number of requests for each ${per}`)
  }
  return quota
}

function fault(at: string, problem: string): ConfigError {
  return new ConfigError([{ at, problem }])
}
