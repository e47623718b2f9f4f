import type { Delay } from '../engine/steps.ts'

/** After this many attempts without an answer, or for a wait of this many milliseconds, the ticket says so. */
const delaysBeforeNotice = 4
const waitBeforeNoticeMs = 10_000

/** Passes on the delays that are worth telling people of: an answer that is a second late is not. */
export function noticing(notice: (delay: Delay) => void): (delay: Delay) => void {
  let delays = 0
  return (delay) => {
    delays += 1
    if (delays >= delaysBeforeNotice || delay.waitMs >= waitBeforeNoticeMs) notice(delay)
  }
}
