import { AdderError } from '../errors/adder-error.ts'
import { ConnectorRateLimited, ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'
import { maskSecrets } from '../secrets/secret.ts'

/**
 * What one attempt of a step came to. It is a value and is written to the journal whatever it is: an exception inside
 * a journaled step would end the whole attempt of the run, and finished steps beside it would be run again.
 */
export type Tried<T> =
  | { kind: 'done'; value: T }
  /** It did not happen and may be tried again. `until`: the outside system asked to wait, for its quota. */
  | { kind: 'again'; code: string; reason: string; waitMs?: number; until?: string; isQuota?: boolean }
  /** It did not happen, and trying again can't change that. */
  | { kind: 'refused'; code: string; reason: string }
  /** A write that may have happened. `answered`: the outside system itself said that it failed. */
  | { kind: 'unsure'; code: string; reason: string; answered: boolean; waitMs?: number; until?: string }

/** The largest result that a step may have, as JSON. */
export const maxResultBytes = 8 * 1024 * 1024

/**
 * One attempt as a value; never rejects.
 *
 * @param timeoutMs after which the attempt's signal is aborted; a function that ignores the signal is left behind
 * 500 ms later.
 */
export async function attempt<T>(
  action: (signal: AbortSignal) => Promise<T> | T,
  options: { timeoutMs: number; isWrite: boolean },
): Promise<Tried<T>> {
  const controller = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    controller.abort(new Error(`no answer within ${options.timeoutMs} ms`))
    leave = setTimeout(() => late.reject(overdue(options)), 500)
  }, options.timeoutMs)
  let leave: NodeJS.Timeout | undefined
  try {
    return checkResult(await Promise.race([action(controller.signal), late.promise]))
  } catch (error) {
    return triedError(error, options)
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
      reason: `the result can't be written as JSON: ${said(error)}`,
    }
  }
  if (text !== undefined && text.length > maxResultBytes) {
    return { kind: 'refused', code: 'run.result_too_large', reason: `the result is over ${maxResultBytes} bytes` }
  }
  return { kind: 'done', value }
}

function triedError(error: unknown, { isWrite }: { isWrite: boolean }): Tried<never> {
  const reason = maskSecrets(said(error)).slice(0, 1000)
  if (error instanceof ConnectorRateLimited) {
    return { kind: 'again', code: error.code, reason, isQuota: true, ...waitUntil(error.until) }
  }
  if (error instanceof ConnectorUnavailable) {
    if (isWrite && error.mayHaveHappened) {
      return {
        kind: 'unsure',
        code: error.code,
        reason,
        answered: error.status !== undefined,
        ...waitUntil(error.until),
      }
    }
    return { kind: 'again', code: error.code, reason, ...waitUntil(error.until) }
  }
  if (error instanceof ConnectorRefused) return { kind: 'refused', code: error.code, reason }
  if (error instanceof AdderError && error.next === 'never') return { kind: 'refused', code: error.code, reason }
  return { kind: 'again', code: error instanceof AdderError ? error.code : 'run.step_failed', reason }
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
