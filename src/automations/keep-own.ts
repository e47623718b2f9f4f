import type { Connector } from '../connectors/connector.ts'
import type { Outcome } from '../connectors/outcome.ts'
import type { IsOwn } from '../observables/is-own.ts'
import { everyObservable, type Observable } from '../observables/observables.ts'
import { refang } from '../observables/refang.ts'

type Ask = (input: unknown) => Promise<Outcome<unknown>>

/** A look-up of a connector as it may be asked: one of an outside service is not asked about what is one's own. */
export type KeepOwn = (connector: Pick<Connector, 'isOutside'>, ask: Ask) => Ask

const kept = {
  kind: 'failed',
  code: 'connector.own_value',
  reason: 'it is your own, and what is your own is not told to outside services',
} as const satisfies Outcome<unknown>

/**
 * Stands between every look-up and whoever calls it, so that no automation and no endpoint can forget it. An input that
 * is or holds a value of one's own, in whatever spelling, gives `failed` with `connector.own_value`: there is no step,
 * and no turn of a quota is used.
 */
export function keepOwn(isOwn: IsOwn): KeepOwn {
  return ({ isOutside = false }, ask) => {
    if (!isOutside) return ask
    return async (input) => (asked(input).some(isOwn) ? kept : ask(input))
  }
}

/** What a look-up would tell: what stands in its input, and each of its texts as a whole, a URL or a host. */
function asked(input: unknown): Observable[] {
  const texts = typeof input === 'object' && input !== null ? Object.values(input) : [input]
  const wholes = texts.flatMap((text): Observable[] => {
    if (typeof text !== 'string') return []
    const value = refang(text).trim().toLowerCase()
    if (value.includes('://')) return [{ kind: 'url', value }]
    return /[.:]/.test(value) ? [{ kind: 'domain', value }] : []
  })
  return [...wholes, ...everyObservable(input)]
}

/** Whether nobody was asked, because the value is one's own. */
export function isKept(state: { kind: string; code?: string }): boolean {
  return state.code === kept.code
}
