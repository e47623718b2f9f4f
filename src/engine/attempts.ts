import { AdderError } from '../errors/adder-error.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorRateLimited,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../errors/connector-errors.ts'
import { maskSecrets } from '../secrets/secret.ts'

/**
 * What one attempt of a step came to. It is a value and is written to the journal whatever it is: an exception inside
 * a journaled step would end the whole attempt of the run, and finished steps beside it would be run again.
 */
export type Tried<T> =
  /** `effect`: whether an effect was made by this attempt, found from an earlier one, or is another run's of its group. */
  | { kind: 'done'; value: T; effect?: 'made' | 'found' | 'joined' }
  /** It did not happen and may be tried again. `until`: the outside system asked to wait, for its quota. */
  | { kind: 'again'; code: string; reason: string; waitMs?: number; until?: string; isQuota?: boolean }
  /** It did not happen, and trying again can't change that. */
  | { kind: 'refused'; code: string; reason: string }
  /**
   * A write that may have happened. `answered`: the outside system said that it failed. `underWayMs`: how long the
   * write may still be under way there.
   */
  | {
      kind: 'unsure'
      code: string
      reason: string
      answered: boolean
      underWayMs: number
      waitMs?: number
      until?: string
    }

/** How long a write may still be on its way after its time-out, in milliseconds. */
export const writeMarginMs = 1000

/** The largest result that a step may have, as JSON. */
export const maxResultBytes = 8 * 1024 * 1024

export interface AttemptOptions {
  /** After this the attempt's signal is aborted; a function that ignores the signal is left behind 500 ms later. */
  timeoutMs: number
  isWrite: boolean
  /** Whether what somebody can mend elsewhere, such as a token that has expired, is waited for. Default false. */
  insists?: boolean
}

/** One attempt as a value; never rejects. */
export async function attempt<T>(
  action: (signal: AbortSignal) => Promise<T> | T,
  options: AttemptOptions,
): Promise<Tried<T>> {
  const controller = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    controller.abort(new Error(`no answer within ${options.timeoutMs} ms`))
    leave = setTimeout(() => late.reject(overdue(options)), 500)
  }, options.timeoutMs)
  let leave: NodeJS.Timeout | undefined
  // Not the wall clock: somebody may set it meanwhile.
  const startedAt = performance.now()
  try {
    return checkResult(await Promise.race([action(controller.signal), late.promise]))
  } catch (error) {
    const underWayUntil = startedAt + options.timeoutMs + writeMarginMs
    if (options.insists === true && isMendedElsewhere(error))
      return { kind: 'again', code: error.code, reason: reasonOf(error) }
    return options.isWrite ? triedWrite(error, underWayUntil) : triedError(error)
  } finally {
    clearTimeout(timer)
    clearTimeout(leave)
  }
}

function overdue({ timeoutMs, isWrite }: { timeoutMs: number; isWrite: boolean }): ConnectorUnavailable {
  return new ConnectorUnavailable(`no answer within ${timeoutMs} ms`, { mayHaveHappened: isWrite })
}

function checkResult<T>(value: T): Tried<T> {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    return {
      kind: 'refused',
      code: 'run.result_not_json',
      reason: `the result can't be written as JSON: ${reasonOf(error)}`,
    }
  }
  if (text !== undefined && Buffer.byteLength(text) > maxResultBytes) {
    return { kind: 'refused', code: 'run.result_too_large', reason: `the result is over ${maxResultBytes} bytes` }
  }
  return { kind: 'done', value }
}

function triedError(error: unknown): Tried<never> {
  const reason = reasonOf(error)
  if (error instanceof ConnectorRateLimited) {
    return { kind: 'again', code: error.code, reason, isQuota: true, ...waitUntil(error.until) }
  }
  if (error instanceof ConnectorUnavailable)
    return { kind: 'again', code: error.code, reason, ...waitUntil(error.until) }
  if (error instanceof AdderError && error.next === 'never') return { kind: 'refused', code: error.code, reason }
  return { kind: 'again', code: codeOf(error), reason }
}

/** Credentials and payment are other people's to mend, and the thing itself was not refused. */
function isMendedElsewhere(error: unknown): error is ConnectorRefused {
  return error instanceof ConnectorRefused && [401, 402, 407].includes(error.status)
}

/** A write that failed in a way nobody foresaw, or whose answer can't be read, may have happened, too. */
function triedWrite(error: unknown, underWayUntil: number): Tried<never> {
  if (isCertain(error)) return triedError(error)
  const { status, until } = error instanceof ConnectorUnavailable ? error : {}
  return {
    kind: 'unsure',
    code: codeOf(error),
    reason: reasonOf(error),
    answered: status !== undefined,
    underWayMs: saysItEnded(status) ? 0 : Math.max(0, Math.ceil(underWayUntil - performance.now())),
    ...waitUntil(until),
  }
}

function isCertain(error: unknown): boolean {
  if (error instanceof ConnectorUnavailable) return !error.mayHaveHappened
  return error instanceof AdderError && !(error instanceof ConnectorAnswerInvalid)
}

/** A gateway that gave up says nothing about the server behind it, which may go on. */
function saysItEnded(status: number | undefined): boolean {
  return status !== undefined && status !== 502 && status !== 504
}

function codeOf(error: unknown): string {
  return error instanceof AdderError ? error.code : 'run.step_failed'
}

function reasonOf(error: unknown): string {
  return maskSecrets(said(error)).slice(0, 1000)
}

function waitUntil(until: Date | undefined): { waitMs?: number; until?: string } {
  return until === undefined ? {} : { waitMs: Math.max(0, until.getTime() - Date.now()), until: until.toISOString() }
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * How long to wait before the attempt after this one, in milliseconds: 0.5 s, 1 s, 2 s … up to a minute, each
 * between half and the whole of it; never less than the outside system asked for.
 *
 * @param random between 0 and 1.
 */
export function backOff(
  attempts: number,
  { random, askedMs = 0 }: { random: number; askedMs?: number | undefined },
): number {
  const full = Math.min(60_000, 500 * 2 ** Math.min(attempts - 1, 10))
  return Math.max(Math.round(full * (0.5 + random / 2)), askedMs)
}
