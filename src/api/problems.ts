import { Problem } from '../endpoints/problem.ts'
import { problem } from '../endpoints/problem-types.ts'
import type { History } from '../history/history.ts'
import { type ResolvedId, resolveId } from '../history/resolve-id.ts'

/**
 * The whole id of what an id or its beginning names.
 *
 * Throws a 404 `Problem` where there is none, and a 409 one where there are several.
 */
export async function wholeId(history: History, table: 'runs' | 'deliveries', start: string): Promise<string> {
  const resolved: ResolvedId = await history.ask((db) => resolveId(db, table, start))
  const what = table === 'runs' ? 'run' : 'delivery'
  if (resolved.kind === 'one') return resolved.id
  if (resolved.kind === 'several') {
    throw conflict({
      code: 'history.ambiguous',
      detail: `More than one ${what} begins with ${start}. Give more of its id.`,
    })
  }
  throw noSuch(what)
}

export function noSuch(what: 'run' | 'delivery'): Problem {
  return problem('endpoint.not_found', `There is no such ${what} in the history.`)
}

/** What was asked for does not go with the state that the thing is in. */
export function conflict({ code, detail }: { code: string; detail: string }): Problem {
  return new Problem({ status: 409, code, title: 'Not possible in this state', detail })
}
