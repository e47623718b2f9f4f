import { mkdir, readdir, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { maskSecrets } from '../secrets/secret.ts'
import type { Deliveries, DeliveryRecord } from './delivery.ts'
import type { IntakeLog } from './intake-log.ts'

export interface KeptDeliveriesOptions {
  /** Made where it does not exist, with mode 0700. */
  folder: string
  log: IntakeLog
  /** When there are more files, some are dropped. Default 10,000. */
  maxFiles?: number
  /** When the files are larger together, some are dropped. Default 256 MiB. */
  maxBytes?: number
}

interface KeptFile {
  name: string
  bytes: number
}

/** How many deliveries wait for the disk at once; one more is not kept, because its answer must not wait for ever. */
const maxWaiting = 500

/** How many of them wait at once that their sender sends again by itself. */
const maxRepeatedWaiting = 16

/**
 * Keeps the deliveries that are authentic and could not be taken in, one file each with mode 0600, written and flushed
 * before `record` resolves. Only they are written; the folder stays within its limits, and dropping is logged: first
 * what its sender sends again, then the rest, each the oldest first.
 *
 * `record` rejects where the delivery could not be written, or where too many wait to be: 500, and 16 of those that
 * come again.
 */
export function keptDeliveries({
  folder,
  log,
  maxFiles = 10_000,
  maxBytes = 256 * 1024 * 1024,
}: KeptDeliveriesOptions): Deliveries {
  let files: KeptFile[] | undefined
  let bytes = 0
  let waiting = 0
  let last: Promise<void> = Promise.resolve()

  async function keep(delivery: DeliveryRecord): Promise<void> {
    const kept = files ?? (await openFolder(folder))
    if (files === undefined) bytes = kept.reduce((sum, file) => sum + file.bytes, 0)
    files = kept
    const text = maskSecrets(`${JSON.stringify(delivery, undefined, 2)}\n`)
    const name = keptFileName(delivery)
    await writeFile(join(folder, name), text, { flag: 'wx', mode: 0o600, flush: true })
    kept.push({ name, bytes: Buffer.byteLength(text) })
    bytes += Buffer.byteLength(text)
    await dropOldest(kept)
  }

  async function dropOldest(kept: KeptFile[]): Promise<void> {
    // The newest stays even where it alone is over the limit: it is what was just promised to be kept.
    while (kept.length > 1 && (kept.length > maxFiles || bytes > maxBytes)) {
      const repeated = kept.slice(0, -1).findIndex(({ name }) => name.endsWith(repeatedEnd))
      const [oldest] = kept.splice(Math.max(0, repeated), 1)
      if (oldest === undefined) return
      bytes -= oldest.bytes
      await unlink(join(folder, oldest.name)).catch(ignoreMissing)
      log.warn({ file: oldest.name, maxFiles, maxBytes }, 'kept deliveries are at their limit, the oldest was dropped')
    }
  }

  return {
    record(delivery) {
      if (delivery.state !== 'kept') return
      const limit = comesAgain(delivery) ? maxRepeatedWaiting : maxWaiting
      if (waiting >= limit) return Promise.reject(new Error(`${waiting} deliveries wait to be kept already`))
      waiting += 1
      // One after the other, so that the limits hold; a write that failed is its caller's, not the next one's.
      last = last
        .catch(() => undefined)
        .then(() => keep(delivery))
        .finally(() => {
          waiting -= 1
        })
      return last
    },
  }
}

/** The names that a kept delivery's file can have in its folder; they begin with the time. */
export function keptFileNames({ id, receivedAt }: Pick<DeliveryRecord, 'id' | 'receivedAt'>): string[] {
  const beginning = `${receivedAt.replaceAll(':', '-')}-${id}`
  return [`${beginning}.json`, beginning + repeatedEnd]
}

const repeatedEnd = '.repeated.json'

function keptFileName(delivery: DeliveryRecord): string {
  const [once = '', repeated = ''] = keptFileNames(delivery)
  return comesAgain(delivery) ? repeated : once
}

/** Nothing is wrong with it, and a sender that has a name for a delivery sends it again under that name. */
function comesAgain({ check, senderId }: DeliveryRecord): boolean {
  return check === 'engine' && senderId !== undefined
}

/** The files that an earlier process kept, oldest first: their names begin with the time. */
async function openFolder(folder: string): Promise<KeptFile[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(folder, name))).size })))
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
