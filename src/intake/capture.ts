import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { maskSecrets } from '../secrets/secret.ts'
import type { DeliveryContent } from './delivery.ts'

export interface CapturedDelivery extends DeliveryContent {
  /** See `DeliveryRecord`. */
  id: string
  source: string
  receivedAt: string
}

/** Writes one delivery down for people to look at. */
export type Capture = (delivery: CapturedDelivery) => Promise<void>

/**
 * Captures to a folder: one indented JSON file per delivery, named by time and source, so that the newest is the last.
 * The folder is made where it does not exist, with mode 0700; files have mode 0600. Nothing is ever removed, so this
 * is for looking at a sender and not for every day.
 */
export function capture(folder: string): Capture {
  return async (delivery) => {
    const name = `${delivery.receivedAt.replaceAll(':', '-')}-${delivery.source}-${delivery.id.slice(0, 8)}.json`
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(join(folder, name), maskSecrets(`${JSON.stringify(delivery, undefined, 2)}\n`), {
      flag: 'wx',
      mode: 0o600,
    })
  }
}
