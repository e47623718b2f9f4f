import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type RunningAdder, startAdder } from './adder.ts'
import { type BareSteps, startBareEngine } from './bare-engine.ts'
import { adderContender, bareContender, type Contender, medianRound } from './contender.ts'
import { playRound, type Round } from './measure.ts'
import { folderBytes, memoryMb } from './process-usage.ts'
import { type StandIns, startStandIns } from './stand-ins.ts'
import { standInsCeiling } from './stand-ins-ceiling.ts'
import { type Steady, steadyLoad, steadyLoadBesideWide } from './steady-load.ts'

export interface BenchmarkOptions {
  /** Of each round. */
  alerts: number
  rounds: number
  /** Of each phase with a steady load. */
  seconds: number
  /** How many alerts Adder has finished when its memory is looked at. */
  memoryAlerts: number
  /** Where Adder's processor profile is written. */
  profileFolder?: string | undefined
  /** Told what is under way. */
  progress(text: string): void
}

/** The rounds' medians, and what each alert leaves in the engine's journal. */
export interface Compared {
  round: Round
  rounds: Round[]
  perAlert: Contender['perAlert']
}

export interface Memory {
  adderMb: number
  engineMb: number
}

export interface Result {
  /** The machine's load in the minute before. */
  loadBefore: number
  readyMs: number
  memory: { idle: Memory; after: Memory; alerts: number }
  diskBytesPerAlert: number
  adder: Compared
  bareReal: Compared
  bareInstant: Compared
  halfLoad: Steady
  quarterLoad: Steady
  besideWide: Steady & { wideRuns: number }
  withJiraWebhooks: Round
  /** Alerts whose requests the stand-ins answer in a second when nothing else has to be done. */
  standInsPerSecond: number
}

export const clients = 32

type Closing = <T extends { close(): Promise<void> }>(part: Promise<T>) => Promise<T>

/** Measures, and leaves nothing behind: no process and no folder but that of the profile. */
export async function benchmark(options: BenchmarkOptions, stop: AbortSignal): Promise<Result> {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-bench-'))
  const cleanUp = [async () => rmSync(folder, { recursive: true, force: true })]
  const closing: Closing = async (starting) => {
    const part = await starting
    cleanUp.push(() => part.close())
    return part
  }
  const stopped = Promise.withResolvers<never>()
  stop.addEventListener('abort', () => stopped.reject(new Error('stopped')), { once: true })
  try {
    return await Promise.race([stopped.promise, measure(folder, options, closing)])
  } finally {
    // Each is ended, also where another can't be.
    for (const close of cleanUp.reverse()) await close().catch(() => undefined)
  }
}

async function measure(folder: string, options: BenchmarkOptions, closing: Closing): Promise<Result> {
  const { alerts, seconds, memoryAlerts, profileFolder, progress } = options
  if (profileFolder !== undefined) mkdirSync(profileFolder, { recursive: true })

  const [loadBefore = 0] = loadavg()
  progress('starting the stand-ins and Adder')
  const standIns = await closing(startStandIns())
  const adder = await closing(startAdder({ folder, env: standIns.env, profileFolder }))
  await setTimeout(2000)
  const idle = memoryOf(adder)
  const emptyBytes = folderBytes(adder.dataFolder)

  const compared = await compare({ folder, options, adder, standIns, closing })
  const { finishedPerSecond } = compared.adder.round
  const steady = { adder, standIns, seconds }

  progress('half load')
  const halfLoad = await steadyLoad({ ...steady, perSecond: finishedPerSecond / 2 })
  progress('quarter load')
  const quarterLoad = await steadyLoad({ ...steady, perSecond: finishedPerSecond / 4 })
  progress('quarter load beside runs with a thousand branches')
  const besideWide = await steadyLoadBesideWide({ ...steady, perSecond: finishedPerSecond / 4 })

  const target = compared.target
  const missing = memoryAlerts - (await target.finished()) + compared.finishedByOthers
  progress(`${Math.max(0, missing)} more alerts, for the memory`)
  if (missing > 0) await playRound(target, { alerts: missing, clients })
  const finished = (await target.finished()) - compared.finishedByOthers
  const after = memoryOf(adder)
  const diskBytesPerAlert = (folderBytes(adder.dataFolder) - emptyBytes) / finished

  // Before the webhooks: with them, the tickets of this phase would start automations.
  progress('the stand-ins alone')
  const standInsPerSecond = await standInsCeiling(standIns.env, { alerts, clients })

  progress("with Jira's webhooks")
  await standIns.sendWebhooks(adder.url)
  const withJiraWebhooks = await playRound(target, { alerts, clients })
  return {
    loadBefore,
    readyMs: adder.readyMs,
    memory: { idle, after, alerts: finished },
    diskBytesPerAlert,
    adder: compared.adder,
    bareReal: compared.bareReal,
    bareInstant: compared.bareInstant,
    halfLoad,
    quarterLoad,
    besideWide,
    withJiraWebhooks,
    standInsPerSecond,
  }
}

interface ComparisonOptions {
  folder: string
  options: BenchmarkOptions
  adder: RunningAdder
  standIns: StandIns
  closing: Closing
}

/** Rounds by turns, so that whatever else the machine does falls on all alike. */
async function compare({ folder, options, adder, standIns, closing }: ComparisonOptions) {
  const { alerts, rounds, progress } = options
  const start = (steps: BareSteps) => closing(startBareEngine({ folder, steps, env: standIns.env }))
  const bares = [await start('real'), await start('instant')] as const
  progress('warming up')
  const adderSide = await adderContender(adder, standIns)
  const [real, instant] = [await bareContender(bares[0], standIns), await bareContender(bares[1], standIns)]
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, contender] of Object.entries({
      Adder: adderSide,
      'bare, same requests': real,
      'bare, no requests': instant,
    })) {
      progress(`round ${round} of ${rounds}: ${name}`)
      contender.rounds.push(await playRound(contender.target, { alerts, clients }))
    }
  }
  const finishedByOthers = await bares[0].finished()
  // What follows is about Adder alone.
  await Promise.all(bares.map((bare) => bare.close()))
  return {
    target: adderSide.target,
    finishedByOthers,
    adder: comparedOf(adderSide),
    bareReal: comparedOf(real),
    bareInstant: comparedOf(instant),
  }
}

function comparedOf({ rounds, perAlert }: Contender): Compared {
  return { round: medianRound(rounds), rounds, perAlert }
}

function memoryOf({ pid, enginePid }: RunningAdder): Memory {
  return { adderMb: memoryMb(pid), engineMb: memoryMb(enginePid) }
}
