import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { type Secret, setSecrets } from './secret.ts'

const Noted = z.object({
  salt: z.string(),
  secrets: z.record(z.string(), z.object({ print: z.string(), since: z.iso.datetime() })),
})

/** In hexadecimal digits: enough to see that a value has changed, too little to try a guess against. */
const printLength = 8

const fileName = 'secrets.json'

/**
 * Writes down since when each secret has the value that it has, in a file of the data folder. No value is in it, and
 * none can be told from it.
 */
export function noteSecretAges(dataFolder: string): void {
  const file = path.join(dataFolder, fileName)
  const { salt, secrets } = read(file) ?? { salt: randomBytes(16).toString('hex'), secrets: {} }
  const now = new Date().toISOString()
  const noted = setSecrets().map((secret) => {
    const print = printOf(secret, salt)
    const before = secrets[secret.name]
    return [secret.name, before?.print === print ? before : { print, since: now }]
  })
  const next = `${file}.next`
  writeFileSync(next, JSON.stringify({ salt, secrets: Object.fromEntries(noted) }), { mode: 0o600 })
  renameSync(next, file)
}

/** Since when at least each secret has the value that it has; none where nothing was noted, or it has changed since. */
export function secretAges(dataFolder: string): Map<string, Date> {
  const noted = read(path.join(dataFolder, fileName))
  if (noted === undefined) return new Map()
  const { salt, secrets } = noted
  return new Map(
    setSecrets().flatMap((secret) => {
      const before = secrets[secret.name]
      return before?.print === printOf(secret, salt) ? [[secret.name, new Date(before.since)]] : []
    }),
  )
}

function printOf(secret: Secret, salt: string): string {
  return createHmac('sha256', salt).update(secret.reveal()).digest('hex').slice(0, printLength)
}

/** A file that is not there or not whole says nothing. */
function read(file: string): z.infer<typeof Noted> | undefined {
  try {
    return Noted.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
