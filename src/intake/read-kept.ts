import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeliveryRecord } from './delivery.ts'
import { keptFileNames } from './kept-deliveries.ts'

/** Reads a delivery that `keptDeliveries` has kept in the folder; undefined where it is not there any more. */
export async function readKept(
  folder: string,
  { id, receivedAt }: Pick<DeliveryRecord, 'id' | 'receivedAt'>,
): Promise<DeliveryRecord | undefined> {
  for (const name of keptFileNames({ id, receivedAt })) {
    const record = await readRecord(join(folder, name))
    if (record !== undefined) return record
  }
  return undefined
}

/** The deliveries in the folder but those whose ids are known, the oldest first, without what they said. */
export async function* keptSince(
  folder: string,
  known: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
): AsyncGenerator<DeliveryRecord> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => keptName.test(name)).sort()
  const isKnown = await known(names.map(idOf))
  for (const name of names) {
    if (isKnown.has(idOf(name))) continue
    const record = await readRecord(join(folder, name))
    if (record === undefined) continue
    const { content: _content, ...rest } = record
    yield rest
  }
}

const keptName = /-([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?:\.repeated)?\.json$/

function idOf(name: string): string {
  return keptName.exec(name)?.[1] ?? ''
}

async function readRecord(file: string): Promise<DeliveryRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as DeliveryRecord // `keptDeliveries` writes nothing else there
  } catch (error) {
    // Gone for the folder's limit, or cut off by a crash while it was written: its sender was not answered then.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
