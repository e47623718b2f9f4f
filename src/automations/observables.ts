/** The kinds of values worth asking about. */
export type ObservableKind = 'user' | 'md5' | 'sha1' | 'sha256'

export interface Observable {
  kind: ObservableKind
  value: string
}

/** The names under which senders give a user, in any case. */
const userFields = new Set([
  'user',
  'username',
  'user_name',
  'src_user',
  'dest_user',
  'account',
  'account_name',
  'samaccountname',
])

const hashLengths: Record<number, ObservableKind> = { 32: 'md5', 40: 'sha1', 64: 'sha256' }
const hash = /(?<![0-9a-z])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-z])/gi
const userLine = /^[ \t|*]*(?:user|username|account)[ \t*]*[:=|][ \t]*([^\s|,;]{1,256})/gim

/** At most this many values of one kind are asked about for one ticket. */
export const maxPerKind = 20
const maxUserLength = 256
const maxDepth = 32

/** The values to ask about, and how many more of each kind there are than are asked about for one ticket. */
export interface BoundedObservables {
  observables: Observable[]
  more: ReadonlyMap<ObservableKind, number>
}

/**
 * The values in an alert: users by the name of their field, hashes wherever they stand. Each once, in order; at most 20
 * of one kind.
 */
export function observablesOf(alert: unknown): Observable[] {
  return boundedObservablesOf(alert).observables
}

/**
 * The values in what a person wrote: hashes wherever they stand, users on a line of their own (`user: mlisa`). At most
 * 20 of one kind.
 */
export function observablesIn(text: string): Observable[] {
  return boundedObservablesIn(text).observables
}

/** As `observablesOf`, with how many were left out. */
export function boundedObservablesOf(alert: unknown): BoundedObservables {
  const collected = new Collected()
  collect(alert, { field: '', depth: 0, collected })
  return collected.bounded()
}

/** As `observablesIn`, with how many were left out. */
export function boundedObservablesIn(text: string): BoundedObservables {
  const collected = new Collected()
  for (const [, user] of text.matchAll(userLine)) collected.add('user', user ?? '')
  collectHashes(text, collected)
  return collected.bounded()
}

function collect(
  value: unknown,
  { field, depth, collected }: { field: string; depth: number; collected: Collected },
): void {
  if (depth > maxDepth) return
  if (typeof value === 'string') {
    if (userFields.has(field.toLowerCase())) collected.add('user', value)
    else collectHashes(value, collected)
    return
  }
  if (Array.isArray(value)) {
    for (const each of value) collect(each, { field, depth: depth + 1, collected })
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) collect(each, { field: name, depth: depth + 1, collected })
  }
}

function collectHashes(text: string, collected: Collected): void {
  for (const [found] of text.matchAll(hash)) {
    const kind = hashLengths[found.length]
    if (kind !== undefined) collected.add(kind, found.toLowerCase())
  }
}

class Collected {
  readonly #byKind = new Map<ObservableKind, Set<string>>()

  add(kind: ObservableKind, value: string): void {
    const trimmed = value.trim()
    if (trimmed === '' || trimmed.length > maxUserLength) return
    const values = this.#byKind.get(kind) ?? new Set()
    this.#byKind.set(kind, values.add(trimmed))
  }

  bounded(): BoundedObservables {
    const kinds = [...this.#byKind]
    const more = kinds.map(([kind, { size }]) => [kind, size - maxPerKind] as const)
    return {
      observables: kinds.flatMap(([kind, values]) =>
        [...values].slice(0, maxPerKind).map((value) => ({ kind, value })),
      ),
      more: new Map(more.filter(([, count]) => count > 0)),
    }
  }
}
