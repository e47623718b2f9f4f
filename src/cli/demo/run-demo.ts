import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createApp } from '../../app.ts'
import { loadProject } from '../../config/load-project.ts'
import { createLog } from '../../endpoints/log.ts'
import type { Observe } from '../../engine/observation.ts'
import { shutdownRequested } from '../shutdown.ts'
import { version } from '../version.ts'
import { DemoFailed } from './demo-failed.ts'
import { freePort } from './free-port.ts'
import { screen } from './screen.ts'
import { findings, type StandIns, startStandIns } from './stand-ins.ts'
import { type EnrichedTicket, type Story, tellStory } from './story.ts'
import type { System } from './systems.ts'
import type { Tour } from './tour/start-tour.ts'
import type { TourStandInsOptions } from './tour/tour-stand-ins.ts'

export interface DemoOptions {
  once?: boolean
  json?: boolean
  break?: System
  tour?: boolean
}

/** How long a broken system stays down, and how long `--once` waits for the first enriched ticket, in milliseconds. */
const brokenForMs = 15_000
const onceWithinMs = 60_000
const nextFindingAfterMs = 30_000

/**
 * The whole way of an alert, until it is interrupted, or with `once` until the first ticket has its answers and the tour,
 * where there is one, is over.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const shutdown = shutdownRequested(['SIGINT', 'SIGTERM', 'SIGHUP'])
  const unwatched = new Promise((resolve) => process.stdout.once('error', resolve))
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-demo-'))
  // For an end that can't wait.
  const removeFolder = (): void => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 })
  process.once('exit', removeFolder)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const standIns = await startStandIns(url)
  const isOnce = options.once === true
  const story = tellStory({ standIns, isOnce, screen: screen({ quiet: options.json === true }) })
  const example = exampleFolder(options.tour ? 'tour' : 'talk')
  const tour = options.tour
    ? await prepareTour({ adderUrl: url, standIns, project: example, folder: dataFolder })
    : undefined
  const project = await loadProject(example)
  const observe: Observe = (observation) => {
    story.observe(observation)
    tour?.observe(observation)
  }
  const app = createApp({ project, dataFolder, log: createLog({ level: 'silent' }), version, observe })
  const ended = new AbortController()
  const stage: Stage = { standIns, story, tour, ended: ended.signal }
  try {
    if ((await Promise.race([app.start().then(() => 'started'), shutdown])) !== 'started') return
    await app.server.listen({ host: '127.0.0.1', port })
    story.ready({ url, token: standIns.adderToken })
    standIns.splunk.watch(story)
    const mended = options.break === undefined ? undefined : breakSystem(options.break, stage)
    // A Splunk that is down fires nothing.
    if (options.break === 'splunk') await Promise.race([mended, shutdown])
    if (isOnce) await once(stage, { shutdown, isJson: options.json === true })
    else await Promise.race([scanNowAndThen(stage), shutdown, unwatched])
    if (!isOnce) story.stopping()
  } finally {
    ended.abort()
    await app.close()
    await tour?.close()
    await standIns.close()
    removeFolder()
    process.off('exit', removeFolder)
  }
  if (!isOnce) story.stopped()
}

interface Stage {
  standIns: StandIns
  story: Story
  tour: Tour | undefined
  /** Aborted when the demo ends. */
  ended: AbortSignal
}

/** What only the tour needs is loaded for the tour alone. */
async function prepareTour(options: TourStandInsOptions): Promise<Tour> {
  const { startTour } = await import('./tour/start-tour.ts')
  return startTour(options)
}

async function once(
  stage: Stage,
  { shutdown, isJson }: { shutdown: Promise<unknown>; isJson: boolean },
): Promise<void> {
  const stopped = shutdown.then(() => 'stopped' as const)
  scan(0, stage)
  const ticket = await Promise.race([firstEnriched(stage), stopped])
  const told = ticket === 'stopped' ? ticket : await Promise.race([withTour(ticket, stage), stopped])
  if (told === 'stopped') process.exitCode = 130
  else if (isJson) console.log(JSON.stringify(told))
}

/** @throws DemoFailed where the ticket does not have its answers in time. */
async function firstEnriched({ story, ended }: Stage): Promise<EnrichedTicket> {
  const late = setTimeout(onceWithinMs, 'late' as const, { signal: ended })
  late.catch(() => undefined)
  const ticket = await Promise.race([story.firstEnriched, late])
  if (ticket === 'late') throw new DemoFailed(`${onceWithinMs / 1000} s after the alert, ${story.missing()}`)
  return ticket
}

async function withTour(ticket: EnrichedTicket, { tour, story }: Stage) {
  return tour === undefined ? ticket : { ...ticket, tour: await tour.visit(ticket, story) }
}

/** The first finding at once, then another now and then, from the end of the tour on. */
async function scanNowAndThen(stage: Stage): Promise<void> {
  const toured = showAround(stage)
  for (let index = 0; !stage.ended.aborted; index += 1) {
    scan(index, stage)
    await setTimeout(nextFindingAfterMs, undefined, { signal: stage.ended }).catch(() => undefined)
    await toured
  }
}

/** Resolves when the tour is over, or at once where there is none. */
async function showAround({ tour, story }: Stage): Promise<void> {
  if (tour === undefined) return
  try {
    await tour.visit(await story.firstEnriched, story)
  } catch (error) {
    story.tourFailed(error instanceof Error ? error.message : String(error))
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

/** An example's project, as source beside this package's source and compiled beside its compiled code. */
function exampleFolder(name: string): string {
  const [compiled, source] = ['../../examples', '../../../examples'].map((folder) =>
    fileURLToPath(new URL(`${folder}/${name}`, import.meta.url)),
  )
  return compiled !== undefined && existsSync(compiled) ? compiled : (source ?? '')
}
