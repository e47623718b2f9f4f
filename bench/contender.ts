import path from 'node:path'
import type { RunningAdder } from './adder.ts'
import type { BareEngine } from './bare-engine.ts'
import { journalSize, playRound, type Round, type Target } from './measure.ts'
import type { StandIns } from './stand-ins.ts'
import { median } from './statistics.ts'

/** What is compared, and what its rounds came to. */
export interface Contender {
  target: Target
  rounds: Round[]
  /** Of each alert, in the engine's journal. */
  perAlert: { entries: number; invocations: number }
}

const warmUpAlerts = 200

export function adderContender(adder: RunningAdder, standIns: StandIns): Promise<Contender> {
  const pids = { adder: adder.pid, engine: adder.enginePid, standIns: standIns.pid, load: process.pid }
  const finished = async () => (await standIns.finished()).finished
  return warmedUp({ door: adder.door, finished, pids }, path.join(adder.dataFolder, 'engine', 'adder', 'admin.sock'))
}

export function bareContender(bare: BareEngine, standIns: StandIns): Promise<Contender> {
  const pids = { handlers: bare.pid, engine: bare.enginePid, standIns: standIns.pid, load: process.pid }
  return warmedUp({ door: bare.door, finished: bare.finished, pids }, bare.adminSocket)
}

async function warmedUp(target: Target, adminSocket: string): Promise<Contender> {
  await playRound(target, { alerts: warmUpAlerts, clients: 32 })
  const { entries, invocations } = await journalSize(adminSocket)
  return {
    target,
    rounds: [],
    perAlert: { entries: entries / warmUpAlerts, invocations: invocations / warmUpAlerts },
  }
}

/** The median of each figure over the rounds. */
export function medianRound(rounds: readonly Round[]): Round {
  const of = (figure: (round: Round) => number) => median(rounds.map(figure))
  const processes = Object.keys(rounds[0]?.cpuMsPerAlert ?? {})
  return {
    acceptedPerSecond: of((round) => round.acceptedPerSecond),
    finishedPerSecond: of((round) => round.finishedPerSecond),
    acknowledgement: { p50: of((round) => round.acknowledgement.p50), p99: of((round) => round.acknowledgement.p99) },
    cpuMsPerAlert: Object.fromEntries(
      processes.map((name) => [name, of((round) => round.cpuMsPerAlert[name] ?? Number.NaN)]),
    ),
  }
}
