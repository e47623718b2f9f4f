import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DataFolderTooNew } from './engine-errors.ts'

/** Rises with each change after which the Adder before can't go on with a data folder. */
const format = 1

/**
 * Marks a data folder with the form that this Adder writes. Older forms are taken over.
 *
 * @throws DataFolderTooNew where a newer Adder has written there.
 */
export function checkFormat(dataFolder: string): void {
  const file = path.join(dataFolder, 'format')
  const written = writtenIn(file)
  if (!(Number(written) <= format)) throw new DataFolderTooNew(dataFolder, { written, known: format })
  if (written !== String(format)) writeFileSync(file, String(format), { mode: 0o600 })
}

/** Nothing where there is no folder yet, one from before there was a mark, or one that a full disk cut off. */
function writtenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
