import type * as restate from '@restatedev/restate-sdk'
import type { Admin } from './admin.ts'

/** A program has ended before its journal. */
export class JournalUnfit extends Error {
  constructor() {
    super('The program ends earlier than its journal')
  }
}

/**
 * Called when a program has ended: where its journal goes on, the code has become shorter under the run. Left to the
 * engine, such a run would be tried for ever.
 *
 * @throws JournalUnfit
 */
export async function checkEnd(context: restate.Context, admin: Admin): Promise<void> {
  // The SDK keeps this for logging, and warns of deciding by it: all that is decided here is whether this attempt counts.
  if ((context as restate.internal.ContextInternal).isProcessing()) return // every context is one
  // All that the program has left of the journal may be its own end, where a kill came between that and the engine's.
  const [end] = await admin.query(
    `SELECT id FROM sys_journal WHERE id = '${context.request().id}' AND entry_type = 'Command: Output'`,
  )
  if (end === undefined) throw new JournalUnfit()
}
