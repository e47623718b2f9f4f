import { setTimeout } from 'node:timers/promises'
import type { Effect } from '../../src/connectors/effect.ts'
import { found, notFound } from '../../src/connectors/outcome.ts'
import type { Steps } from '../../src/engine/steps.ts'
import { ConnectorRefused, ConnectorUnavailable } from '../../src/errors/connector-errors.ts'
import type { Program, Result } from './random-program.ts'
import type { StepLog } from './step-log.ts'

export interface ProgramRun {
  /** The program's number. */
  run: number
  steps: Steps
  log: StepLog
}

/** Runs a random program the way that an automation is written: with ordinary promises. */
export async function runProgram(program: Program, run: ProgramRun, at = ''): Promise<Result> {
  const { steps, log } = run
  const instance = { run: run.run, at }
  switch (program.kind) {
    case 'step':
      return steps.step(at, () => log.work(instance, program.failures))
    case 'lookup': {
      const failures = program.isHopeless ? Number.POSITIVE_INFINITY : program.failures
      const outcome = await steps.lookup(at, async () => found(await log.work(instance, failures)), undefined)
      return outcome.kind === 'found' ? outcome.value : `${at} failed`
    }
    case 'effect':
      return steps.effect('effect', onceInTheLog(run, program.failures), at, at)
    case 'refusal':
      return steps.step(at, async () => {
        await log.work(instance, 0)
        throw new ConnectorRefused(at, { status: 400 })
      })
    case 'sleep':
      await steps.sleep(program.ms)
      return 'slept'
    case 'all':
      return { list: await Promise.all(program.of.map((each, index) => runProgram(each, run, `${at}.${index}`))) }
    case 'race':
      return Promise.race(program.of.map((each, index) => runProgram(each, run, `${at}.${index}`)))
    case 'allSettled': {
      const settled = await Promise.allSettled(program.of.map((each, index) => runProgram(each, run, `${at}.${index}`)))
      return { list: settled.map((each) => (each.status === 'fulfilled' ? each.value : errorResult(each.reason))) }
    }
    case 'sequence': {
      const list: Result[] = []
      for (const [index, each] of program.of.entries()) list.push(await runProgram(each, run, `${at}.${index}`))
      return { list }
    }
    case 'loop': {
      const list: Result[] = []
      for (let turn = 0; turn < program.times; turn += 1)
        list.push(await runProgram(program.body, run, `${at}.${turn}`))
      return { list }
    }
    case 'try':
      try {
        return { ok: await runProgram(program.body, run, `${at}.body`) }
      } catch (error) {
        const from = errorResult(error).error
        return { rescued: await runProgram(program.rescue, run, `${at}.rescue`), from }
      }
    case 'abreast':
      return runAbreast(program, run, at)
  }
}

/** The error as its step named it: the message of a refusal ends with the step's place. */
export function errorResult(error: unknown): { error: string } {
  const message = error instanceof Error ? error.message : String(error)
  return { error: message.slice(message.lastIndexOf(' ') + 1) }
}

async function runAbreast(
  { quick, slow }: Extract<Program, { kind: 'abreast' }>,
  { run, steps, log }: ProgramRun,
  at: string,
): Promise<Result> {
  const quickSteps = async (): Promise<void> => {
    for (let index = 0; index < quick; index += 1)
      await steps.step(`${at}.quick${index}`, () => log.work({ run, at: `${at}.quick${index}` }, 0))
  }
  const last = { run, at: `${at}.quick${quick - 1}` }
  const self = { run, at: `${at}.slow` }
  const slowStep = (): Promise<Result> =>
    steps.step(self.at, async ({ signal }) => {
      if (slow === 'blocks') log.write({ kind: 'begun', ...self })
      else if (!log.isDone(last))
        throw new ConnectorUnavailable('the quick steps are not done', { mayHaveHappened: false })
      while (!log.isDone(last)) await setTimeout(5, undefined, { signal })
      return log.end(self)
    })
  const [, result] = await Promise.all([quickSteps(), slowStep()])
  return result
}

/** An effect whose outside system is the log: what is written there has been made. */
function onceInTheLog({ run, log }: ProgramRun, failures: number): Effect<string, string> {
  return {
    once: 'by marker',
    finding: 'cheap',
    timeoutMs: 300,
    make: async (at, { marker }) => {
      const value = await log.work({ run, at }, failures)
      log.make(marker)
      return value
    },
    find: async (at, { marker }) => (log.isMade(marker) ? found(at) : notFound()),
  }
}
