import type { Admin, EngineRun } from './admin.ts'
import { openWaits } from './journal-observations.ts'
import { readJournals } from './past-runs.ts'

/** A wait for the end of a pause. */
export interface PauseWait {
  wait: string
  /** What was paused. */
  subject: string
}

const runsAtOnce = 2000
const journalsAtOnce = 50

/** The open waits for the end of a pause in all runs, as the engine's own tables have them, some at a time. */
export async function* openPauseWaits(admin: Admin): AsyncGenerator<PauseWait[]> {
  let after = ''
  for (;;) {
    const runs = await admin.query<Pick<EngineRun, 'id'>>(
      `SELECT id FROM sys_invocation WHERE status NOT IN ('completed', 'scheduled') AND id > '${after}' ORDER BY id LIMIT ${runsAtOnce}`,
    )
    for (let first = 0; first < runs.length; first += journalsAtOnce) {
      const journals = await readJournals(admin, runs.slice(first, first + journalsAtOnce))
      yield [...journals.values()].flatMap((journal) =>
        openWaits(journal).flatMap(({ value: { wait, subject } }) =>
          typeof subject === 'string' ? [{ wait, subject }] : [],
        ),
      )
    }
    const last = runs.at(-1)
    if (last === undefined || runs.length < runsAtOnce) return
    after = last.id
  }
}
