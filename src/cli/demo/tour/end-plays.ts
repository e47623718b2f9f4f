import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { cancelPlay, readStarted } from '../../../integrations/ansible/play-folder.ts'

/** Nobody waits longer for the end of the demo. */
const withinMs = 2000

/** Ends what Ansible plays for the demo, which would go on without Adder. Gives up after two seconds. */
export async function endPlays(folder: string): Promise<void> {
  const signal = AbortSignal.timeout(withinMs)
  await Promise.all((await readdir(folder)).map((name) => endPlay(path.join(folder, name), signal))).catch(
    () => undefined,
  )
}

async function endPlay(folder: string, signal: AbortSignal): Promise<void> {
  const started = await readStarted(folder)
  if (started !== undefined) await cancelPlay(folder, started, signal)
}
