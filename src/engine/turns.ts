import type { Period, Quota, QuotaWindow } from '../connectors/quota.ts'

/**
 * How long after its turn a request may still be sent, in milliseconds; later, its turn is lost. A window counts a
 * request for that much longer, so that late ones don't come too close to the next.
 */
export const turnHoldsMs = 1000

/** How many turns began in one part of a period, and when that part began, in milliseconds since 1970. */
type Part = [start: number, turns: number]

/** The turns that still count, by period; the oldest parts first. A period has 102 parts at most. */
export type Usage = Partial<Record<Period, Part[]>>

const minuteMs = 60_000
const rolling: Partial<Record<Period, { lengthMs: number; partMs: number }>> = {
  second: { lengthMs: 1000, partMs: 20 },
  minute: { lengthMs: minuteMs, partMs: 1000 },
  hour: { lengthMs: 60 * minuteMs, partMs: minuteMs },
}

/** The earliest time, not before `from`, at which one more request keeps every window. */
export function earliestTurn(quota: Quota, usage: Usage, from: number): number {
  let at = from
  for (;;) {
    const opens = Math.max(at, ...quota.map((window) => opensAt(window, usage[window.per] ?? [], at)))
    if (opens === at) return at
    at = opens
  }
}

/** The usage with one more turn; what counts no longer is left out. */
export function withTurn(quota: Quota, usage: Usage, at: number): Usage {
  return Object.fromEntries(
    quota.map(({ per }) => {
      const parts = counting(per, usage[per] ?? [], at)
      const start = startOfPart(per, at)
      const last = parts.at(-1)
      const turns = last?.[0] === start ? last[1] : 0
      return [per, [...(turns > 0 ? parts.slice(0, -1) : parts), [start, turns + 1]]]
    }),
  )
}

/**
 * When the turn comes of a request that has so many others before it.
 *
 * @param latest looks no further; a time after it stands for any later one.
 */
export function turnAfter(quota: Quota, usage: Usage, { from, ahead, latest }: TurnAfterOptions): number {
  let at = earliestTurn(quota, usage, from)
  let expected = usage
  for (let turns = 0; turns < ahead && at <= latest; turns += 1) {
    expected = withTurn(quota, expected, at)
    at = earliestTurn(quota, expected, at)
  }
  return at
}

export interface TurnAfterOptions {
  from: number
  ahead: number
  latest: number
}

export interface WindowUsage extends QuotaWindow {
  used: number
  /** When none of these counts any more, in milliseconds since 1970; undefined where none does now. */
  resetsAt?: number
}

/** What is used of each window. */
export function windowUsage(quota: Quota, usage: Usage, now: number): WindowUsage[] {
  return quota.map(({ requests, per }) => {
    const parts = counting(per, usage[per] ?? [], now)
    const last = parts.at(-1)
    return {
      requests,
      per,
      used: sum(parts),
      ...(last === undefined ? {} : { resetsAt: endOfPart(per, last) }),
    }
  })
}

function opensAt({ requests, per }: QuotaWindow, all: readonly Part[], at: number): number {
  const parts = counting(per, all, at)
  let turns = sum(parts)
  let opens = at
  for (const part of parts) {
    if (turns < requests) break
    turns -= part[1]
    opens = endOfPart(per, part)
  }
  return opens
}

function counting(per: Period, parts: readonly Part[], at: number): Part[] {
  return parts.filter((part) => endOfPart(per, part) > at)
}

function sum(parts: readonly Part[]): number {
  return parts.reduce((turns, [, more]) => turns + more, 0)
}

/** When the turns of a part count no longer. */
function endOfPart(per: Period, [start]: Part): number {
  const window = rolling[per]
  if (window !== undefined) return start + window.partMs + window.lengthMs + turnHoldsMs
  const date = new Date(start)
  return per === 'day'
    ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1)
    : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}

function startOfPart(per: Period, at: number): number {
  const window = rolling[per]
  if (window !== undefined) return Math.floor(at / window.partMs) * window.partMs
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), per === 'day' ? date.getUTCDate() : 1)
}
