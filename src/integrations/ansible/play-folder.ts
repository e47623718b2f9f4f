import { once } from 'node:events'
import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { hostname } from 'node:os'
import path from 'node:path'
import type * as z from 'zod'
import { ConnectorAnswerInvalid, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { maskSecrets } from '../../secrets/secret.ts'
import { Ended, endedPlay, type Play, Recap, Started } from './schema.ts'

const longestOutput = 4000
const folderName = /^adder-[0-9a-f]{24}$/
/** With the variables, which may be secrets; the keeper removes it, except where it was killed. */
export const variablesFile = 'variables.yml'

/** Who started a play, and with what; undefined where it was not started. */
export async function readStarted(folder: string): Promise<Started | undefined> {
  return readJson(path.join(folder, 'started.json'), Started)
}

/**
 * How far a play is.
 *
 * @throws ConnectorUnavailable where only another machine knows.
 * @throws ConnectorAnswerInvalid where a file in its folder is not as it was written.
 */
export async function readPlay(folder: string, started: Started, signal: AbortSignal): Promise<Play> {
  const { socket, ...about } = started
  const ended = await readEnded(folder, started, signal)
  const output = await readOutput(path.join(folder, 'output'))
  if (ended === 'running' || ended === 'lost') return { state: ended, ...about, hosts: [], hostCount: 0, output }
  const recap = (await readJson(path.join(folder, 'recap.json'), Recap)) ?? {}
  const seconds = Math.round((Date.parse(ended.endedAt) - Date.parse(about.startedAt)) / 1000)
  return { ...endedPlay(ended, recap), ...about, seconds, output }
}

/** Asks the keeper of a play to end it, and waits until it has. Does nothing where the play is over. */
export async function cancelPlay(folder: string, started: Started, signal: AbortSignal): Promise<void> {
  if ((await readEnded(folder, started, signal)) !== 'running') return
  await writeFile(path.join(folder, 'cancelled'), '', { mode: 0o600 })
  const keeper = await reachKeeper(folder, started, signal)
  if (keeper === undefined) return
  await once(keeper.resume(), 'close', { signal }).finally(() => keeper.destroy())
}

/** Removes the folders of plays that were over at that time, in milliseconds since 1970. */
export async function removePlays(folder: string, overBeforeMs: number, signal: AbortSignal): Promise<void> {
  // What can't be read is for a person to look at, and no reason not to start another play.
  for (const name of (await readdir(folder)).filter((each) => folderName.test(each)))
    await removeIfOver(path.join(folder, name), overBeforeMs, signal).catch(() => undefined)
}

async function removeIfOver(folder: string, beforeMs: number, signal: AbortSignal): Promise<void> {
  const started = await readStarted(folder)
  // Where it is missing, a keeper may be about to start.
  if (started === undefined || Date.parse(started.startedAt) > beforeMs) return
  const ended = await readEnded(folder, started, signal)
  if (ended === 'lost' || (ended !== 'running' && Date.parse(ended.endedAt) < beforeMs))
    await rm(folder, { recursive: true, force: true })
}

async function readEnded(folder: string, started: Started, signal: AbortSignal): Promise<Ended | 'running' | 'lost'> {
  const read = () => readJson(path.join(folder, 'ended.json'), Ended)
  const ended = await read()
  if (ended !== undefined) return ended
  const keeper = await reachKeeper(folder, started, signal)
  keeper?.destroy()
  if (keeper !== undefined) return 'running'
  // It may have come to its end in between.
  const endedMeanwhile = await read()
  if (endedMeanwhile !== undefined) return endedMeanwhile
  if (started.machine !== hostname())
    throw new ConnectorUnavailable(
      `Ansible: this play was started on ${started.machine}, and only there it is known whether it still runs`,
      { mayHaveHappened: false },
    )
  await rm(path.join(folder, variablesFile), { force: true })
  return 'lost'
}

/** A connection to the keeper, or undefined where there is none any more. */
async function reachKeeper(folder: string, { socket }: Started, signal: AbortSignal): Promise<Socket | undefined> {
  const connection = createConnection(path.join(folder, socket))
  try {
    await once(connection, 'connect', { signal })
    return connection
  } catch (error) {
    connection.destroy()
    if (isCode(error, 'ECONNREFUSED', 'ENOENT')) return undefined
    throw error
  }
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return undefined
    throw new ConnectorAnswerInvalid(`Ansible: ${file} can't be read, or is not as Adder wrote it`, { cause })
  }
}

/** Secrets are masked in more than is shown, so that none is shown as the half that is left of it. */
async function readOutput(file: string): Promise<string> {
  const output = await open(file).catch((error) => {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  })
  if (output === undefined) return ''
  try {
    const { size } = await output.stat()
    const length = Math.min(size, 16 * longestOutput)
    const { buffer, bytesRead } = await output.read({ buffer: Buffer.alloc(length), position: size - length })
    return maskSecrets(buffer.toString('utf8', 0, bytesRead))
      .slice(-longestOutput)
      .toWellFormed()
  } finally {
    await output.close()
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
