import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import type { IntakeLog } from './intake-log.ts'

const SweepMark = z.object({
  /** What happened before is done with, by the sender's clock. ISO 8601. */
  since: z.iso.datetime(),
  /** What happened since and is taken in, by the sender's names. */
  done: z.array(z.string()),
})

/** How far the sweep of a source has come. */
export type SweepMark = z.infer<typeof SweepMark>

export interface SweepMarks {
  /** Undefined where the source was never swept, or where its mark can't be read, which is logged. */
  read(source: string): Promise<SweepMark | undefined>
  /** Resolves when the mark would survive a crash. */
  write(source: string, mark: SweepMark): Promise<void>
}

/** Marks in files of a folder, which is made where it does not exist, one for each source. */
export function sweepMarks({ folder, log }: { folder: string; log: IntakeLog }): SweepMarks {
  const fileOf = (source: string) => path.join(folder, `${source}.json`)

  return {
    async read(source) {
      try {
        return SweepMark.parse(JSON.parse(await readFile(fileOf(source), 'utf8')))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        log.error(
          { source, file: fileOf(source), error: String(error) },
          'the mark of a sweep is lost; it begins at now',
        )
        return undefined
      }
    },

    async write(source, mark) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const written = `${fileOf(source)}.new`
      await writeFile(written, JSON.stringify(mark), { mode: 0o600, flush: true })
      await rename(written, fileOf(source))
    },
  }
}
