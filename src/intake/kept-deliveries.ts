import { mkdir, readdir, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { maskSecrets } from '../secrets/secret.ts'
import type { Deliveries, DeliveryRecord } from './delivery.ts'
import type { IntakeLog } from './intake-log.ts'

export interface KeptDeliveriesOptions {
  /** Made where it does not exist, with mode 0700. */
  folder: string
  log: IntakeLog
  /** When there are more files, the oldest are dropped. Default 10,000. */
  maxFiles?: number
  /** When the files are larger together, the oldest are dropped. Default 256 MiB. */
  maxBytes?: number
}

interface KeptFile {
  name: string
  bytes: number
}

/**
 * Keeps the deliveries that are authentic and could not be taken in, one file each with mode 0600, written and flushed
 * before `record` resolves. Only they are written; the folder stays within its limits, and dropping is logged.
 */
export function keptDeliveries({
  folder,
  log,
  maxFiles = 10_000,
  maxBytes = 256 * 1024 * 1024,
}: KeptDeliveriesOptions): Deliveries {
  let files: KeptFile[] | undefined
  let bytes = 0
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
      const [oldest] = kept.splice(0, 1)
      if (oldest === undefined) return
      bytes -= oldest.bytes
      await unlink(join(folder, oldest.name)).catch(ignoreMissing)
      log.warn({ file: oldest.name, maxFiles, maxBytes }, 'kept deliveries are at their limit, the oldest was dropped')
    }
  }

  return {
    record(delivery) {
      if (delivery.state !== 'kept') return
      // One after the other, so that the limits hold; a write that failed is its caller's, not the next one's.
      last = last.catch(() => undefined).then(() => keep(delivery))
      return last
    },
  }
}

/** The name of a kept delivery's file in its folder: in the order of time. */
export function keptFileName({ id, receivedAt }: Pick<DeliveryRecord, 'id' | 'receivedAt'>): string {
  return `${receivedAt.replaceAll(':', '-')}-${id}.json`
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
