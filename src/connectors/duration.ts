import { ConfigError } from '../errors/config-error.ts'

/** A length of time as people write it: `30s`, `15m`, `6h`, `7d`. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * `6h` in milliseconds. Whole numbers only, of at most five digits.
 *
 * @throws ConfigError where it is no duration.
 */
export function durationMs(text: string): number {
  const [, count, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? []
  if (count === undefined || unit === undefined)
    throw new ConfigError([{ at: JSON.stringify(text), problem: 'must be a duration such as 30s, 15m, 6h or 7d' }])
  return Number(count) * unitsMs[unit as keyof typeof unitsMs] // the pattern has these only
}
