import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createApp } from '../../app.ts'
import { loadProject } from '../../config/load-project.ts'
import { createLog } from '../../endpoints/log.ts'
import { shutdownRequested } from '../shutdown.ts'
import { version } from '../version.ts'
import { DemoFailed } from './demo-failed.ts'
import { freePort } from './free-port.ts'
import { findings, type StandIns, startStandIns } from './stand-ins.ts'
import { type Story, tellStory } from './story.ts'
import type { System } from './systems.ts'

export interface DemoOptions {
  once?: boolean
  json?: boolean
  break?: System
}

/** How long a broken system stays down, and how long `--once` waits for the first enriched ticket, in milliseconds. */
const brokenForMs = 15_000
const onceWithinMs = 60_000
const nextFindingAfterMs = 30_000

/** The whole way of an alert, until it is interrupted, or with `once` until the first ticket has its answers. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const shutdown = shutdownRequested(['SIGINT', 'SIGTERM', 'SIGHUP'])
  const unwatched = new Promise((resolve) => process.stdout.once('error', resolve))
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-demo-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const standIns = await startStandIns(url)
  const story = tellStory({ standIns, isOnce: options.once === true, quiet: options.json === true })
  const project = await loadProject(talk())
  const app = createApp({ project, dataFolder, log: createLog({ level: 'silent' }), version, observe: story.observe })
  const ended = new AbortController()
  // For an end that can't wait.
  const removeFolder = (): void => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 })
  process.once('exit', removeFolder)
  const stage: Stage = { standIns, story, ended: ended.signal }
  try {
    if ((await Promise.race([app.start().then(() => 'started'), shutdown])) !== 'started') return
    await app.server.listen({ host: '127.0.0.1', port })
    story.ready({ url, token: standIns.adderToken })
    standIns.splunk.watch(story)
    const mended = options.break === undefined ? undefined : breakSystem(options.break, stage)
    // A Splunk that is down fires nothing.
    if (options.break === 'splunk') await Promise.race([mended, shutdown])
    if (options.once) await once(stage, { shutdown, isJson: options.json === true })
    else await Promise.race([scanNowAndThen(stage), shutdown, unwatched])
    if (!options.once) story.stopping()
  } finally {
    ended.abort()
    await app.close()
    await standIns.close()
    removeFolder()
    process.off('exit', removeFolder)
  }
  if (!options.once) story.stopped()
}

interface Stage {
  standIns: StandIns
  story: Story
  /** Aborted when the demo ends. */
  ended: AbortSignal
}

async function once(
  stage: Stage,
  { shutdown, isJson }: { shutdown: Promise<unknown>; isJson: boolean },
): Promise<void> {
  const { story } = stage
  scan(0, stage)
  const late = setTimeout(onceWithinMs, 'late' as const, { signal: stage.ended })
  late.catch(() => undefined)
  const ticket = await Promise.race([story.firstEnriched, late, shutdown.then(() => 'stopped' as const)])
  if (ticket === 'stopped') process.exitCode = 130
  else if (ticket === 'late') throw new DemoFailed(`${onceWithinMs / 1000} s after the alert, ${story.missing()}`)
  else if (isJson) console.log(JSON.stringify(ticket))
}

/** The first finding at once, then another now and then. */
async function scanNowAndThen(stage: Stage): Promise<void> {
  for (let index = 0; !stage.ended.aborted; index += 1) {
    scan(index, stage)
    await setTimeout(nextFindingAfterMs, undefined, { signal: stage.ended }).catch(() => undefined)
  }
}

/** MockScan writes what it finds into its log; Splunk's saved search looks there by itself. */
function scan(index: number, { standIns }: Stage): void {
  const finding = findings[index % findings.length]
  if (finding !== undefined) standIns.splunk.addLog(finding)
}

/** Resolves when it is well again. */
async function breakSystem(system: System, { standIns, story, ended }: Stage): Promise<void> {
  standIns[system].misbehave({ down: true })
  story.broken(system)
  await setTimeout(brokenForMs, undefined, { signal: ended }).catch(() => undefined)
  if (ended.aborted) return
  standIns[system].misbehave({})
  story.mended(system)
}

/** The talk's project, as source beside this package's source and compiled beside its compiled code. */
function talk(): string {
  const [compiled, source] = ['../../examples/talk', '../../../examples/talk'].map((folder) =>
    fileURLToPath(new URL(folder, import.meta.url)),
  )
  return compiled !== undefined && existsSync(compiled) ? compiled : (source ?? '')
}
