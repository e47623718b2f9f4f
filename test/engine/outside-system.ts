import { setTimeout } from 'node:timers/promises'
import type { Effect } from '../../src/connectors/effect.ts'
import { found, notFound } from '../../src/connectors/outcome.ts'
import { ConnectorAnswerInvalid, ConnectorUnavailable } from '../../src/errors/connector-errors.ts'

/** What a call to make something meets; `made` is the good one. */
export type Fate =
  | 'made'
  /** It is made, and the answer gets lost. */
  | 'answer lost'
  /** The call gets lost, and nobody can tell from an answer that got lost. */
  | 'call lost'
  /** It answers 500 and has made nothing. */
  | 'answered 500'
  /** It answers 500 and has made it all the same. */
  | 'made and answered 500'
  | 'connection refused'
  /** It is made, and the answer is a success that can't be read. */
  | 'answered nonsense'
  /** It is made after this many milliseconds, whether or not somebody still listens. */
  | { madeAfterMs: number }

/** An outside system in memory that keeps markers, with all that can go wrong. */
export class OutsideSystem {
  /** How long what was made can't be found, in milliseconds. */
  lagMs = 0
  makes = 0
  finds = 0
  /** When it was made, by marker, once for each time. */
  readonly #made = new Map<string, number[]>()
  readonly #fates: Fate[] = []

  /** The fates of the next calls, in order. */
  meets(...fates: Fate[]): void {
    this.#fates.push(...fates)
  }

  /** How many things it holds. */
  get size(): number {
    return [...this.#made.values()].flat().length
  }

  effect(options: Partial<Effect<string, string>> = {}): Effect<string, string> {
    return {
      once: 'by marker',
      finding: 'cheap',
      timeoutMs: 300,
      make: (input, { marker }) => this.#make(input, marker),
      find: async (input, { marker }) => {
        this.finds += 1
        const visible = (this.#made.get(marker) ?? []).some((madeAt) => madeAt + this.lagMs <= Date.now())
        return visible ? found(input) : notFound()
      },
      ...options,
    }
  }

  async #make(input: string, marker: string): Promise<string> {
    this.makes += 1
    const fate = this.#fates.shift() ?? 'made'
    if (fate === 'connection refused') throw unavailable({ mayHaveHappened: false })
    if (fate === 'call lost') throw unavailable({ mayHaveHappened: true })
    if (fate === 'answered 500') throw unavailable({ mayHaveHappened: true, status: 500 })
    if (typeof fate === 'object') await setTimeout(fate.madeAfterMs)
    this.#made.set(marker, [...(this.#made.get(marker) ?? []), Date.now()])
    if (fate === 'answered nonsense') throw new ConnectorAnswerInvalid('the answer is no JSON')
    if (fate === 'answer lost') throw unavailable({ mayHaveHappened: true })
    if (fate === 'made and answered 500') throw unavailable({ mayHaveHappened: true, status: 500 })
    return input
  }
}

function unavailable(options: { mayHaveHappened: boolean; status?: number }): ConnectorUnavailable {
  return new ConnectorUnavailable('the outside system failed', options)
}
