import { setTimeout } from 'node:timers/promises'

/** What can be seen of an alert's way from outside, at the instant at which it happens. */
export type Moment =
  | 'alert sent'
  | 'alert acknowledged'
  | 'ticket asked for'
  | 'ticket made'
  | 'search'
  | 'look-up'
  | 'comment asked for'
  | 'comment made'
  | 'step answered'
  | 'engine ended'
  | 'engine there'

interface Aim {
  moment: Moment
  left: number
  act(): void
}

export interface AimOptions {
  /** How many moments of the kind are let go by. */
  skip: number
  withinMs: number
}

/** Waits for one moment at a time, and acts before anything else can happen. */
export class Moments {
  #aim: Aim | undefined

  happened(moment: Moment): void {
    if (this.#aim?.moment !== moment) return
    this.#aim.left -= 1
    if (this.#aim.left > 0) return
    const { act } = this.#aim
    this.#aim = undefined
    act()
  }

  /** Resolves with whether the moment has come. Where it does not come in time, nothing is done. */
  async actAt(moment: Moment, { skip, withinMs }: AimOptions, act: () => void): Promise<boolean> {
    const came = Promise.withResolvers<true>()
    const aim: Aim = {
      moment,
      left: skip + 1,
      act: () => {
        act()
        came.resolve(true)
      },
    }
    this.#aim = aim
    const late = new AbortController()
    const isTooLate = setTimeout(withinMs, false, { signal: late.signal }).catch(() => false)
    const hasCome = await Promise.race([came.promise, isTooLate])
    late.abort()
    if (this.#aim === aim) this.#aim = undefined
    return hasCome
  }
}
