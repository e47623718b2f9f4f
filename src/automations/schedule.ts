import { Cron } from 'croner'
import { type Duration, durationMs } from '../connectors/duration.ts'
import { ConfigError } from '../errors/config-error.ts'
import type { Trigger } from './trigger.ts'

/** The data of the events that a schedule makes. */
export interface Tick {
  /** When it was due, ISO 8601. It may run later: see `every` and `cron`. */
  scheduledAt: string
}

/** A trigger that is a clock. */
export interface ScheduleTrigger extends Trigger<Tick> {
  kind: 'schedule'
  /** `every 15m`; a schedule with another text is another one. */
  text: string
  /** When it is due next after a time, both in milliseconds since 1970; undefined where it never is. */
  next(after: number): number | undefined
  /** What is wrong with it, for `adder check`. */
  fault?: string
}

const shortestMs = 1000
const longestMs = 366 * 24 * 60 * 60 * 1000
const nothing: Pick<ScheduleTrigger, 'next'> = { next: () => undefined }

/**
 * Starts an automation again and again: `every('15m')` at :00, :15, :30 and :45 of each hour in UTC. From `1s` to `366d`.
 *
 * A tick happens once, whatever is killed. Ticks that were missed, because Adder was down or the automation paused, are
 * one tick afterwards, that of the first of them.
 */
export function every(interval: Duration): ScheduleTrigger {
  const text = `every ${interval}`
  const ms = millisecondsOf(interval)
  if (ms === undefined) return schedule(text, { ...nothing, fault: `"${interval}" is no duration such as 15m or 6h` })
  if (ms < shortestMs || ms > longestMs) return schedule(text, { ...nothing, fault: `"${interval}" is not 1s to 366d` })
  return schedule(text, { next: (after) => (Math.floor(after / ms) + 1) * ms })
}

/**
 * Starts an automation at the times of a cron expression of five fields (minute, hour, day of the month, month, day of
 * the week), in the stated zone: `cron('0 7 * * 1-5', { zone: 'Europe/Berlin' })`. Ticks are as those of `every`.
 *
 * Where clocks go forward, a time that there is not (02:30) comes when the clocks have gone (03:00). Where they go back,
 * a time that comes twice counts the first time; what ticks every so many minutes goes on through both hours.
 *
 * @see https://croner.56k.guru/usage/pattern/ for the expressions.
 */
export function cron(expression: string, { zone }: { zone: string }): ScheduleTrigger {
  const text = `${expression} (${zone})`
  if (!isZone(zone)) return schedule(text, { ...nothing, fault: `there is no zone "${zone}"` })
  try {
    const pattern = new Cron(expression, { timezone: zone, mode: '5-part', paused: true })
    const next = (after: number) => pattern.nextRun(new Date(after))?.getTime()
    // Such as 31 February.
    if (next(0) === undefined) return schedule(text, { ...nothing, fault: `"${expression}" is never due` })
    return schedule(text, { next })
  } catch {
    return schedule(text, { ...nothing, fault: `"${expression}" is no cron expression of five fields` })
  }
}

/** The kind of the events that one automation's schedule makes. */
export function scheduleKind(automation: string): string {
  return `schedule.${automation}`
}

export function isSchedule(trigger: Trigger<unknown>): trigger is ScheduleTrigger {
  return trigger.kind === 'schedule' && 'next' in trigger
}

function schedule(text: string, rest: Pick<ScheduleTrigger, 'next' | 'fault'>): ScheduleTrigger {
  return { kind: 'schedule', conditions: [], text, ...rest }
}

function millisecondsOf(interval: string): number | undefined {
  try {
    return durationMs(interval)
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined
  } catch {
    return false
  }
}
