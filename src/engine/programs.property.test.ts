import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { kill } from 'node:process'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { dataFolder } from '../../test/engine/data-folder.ts'
import type { ChildOptions, TestEvent } from '../../test/engine/engine-child.ts'
import { allows, type Program, type Result, randomPrograms, withoutBlocking } from '../../test/engine/random-program.ts'
import { type Child, startChild } from '../../test/engine/start-child.ts'
import { type LogLine, readLog } from '../../test/engine/step-log.ts'

const seed = Number(process.env.ADDER_PROGRAMS_SEED ?? 20190503)
const count = Number(process.env.ADDER_PROGRAMS ?? 1000)

/** The programs are stuck when none of them has finished for so long, in milliseconds. */
const stuckAfterMs = 40_000

type Kill = readonly [share: number, what: 'process' | 'engine']

/** After which share of the programs has finished something is killed, and what. */
const kills: readonly Kill[] = [
  [0.02, 'process'],
  [0.15, 'engine'],
  [0.3, 'process'],
  [0.45, 'process'],
  [0.6, 'engine'],
  [0.75, 'process'],
  [0.9, 'engine'],
]

const module = new URL('../../test/engine/random-programs.ts', import.meta.url).href

test(`${count} random programs, put aside whenever they wait, end as if nothing had been killed (seed ${seed})`, (t) =>
  prove(t, { programs: randomPrograms({ seed, count }).map(withoutBlocking), kills, inactivityTimeoutMs: 60 }))

test(`${count / 5} random programs in which steps block end as if nothing had been killed (seed ${seed})`, (t) =>
  prove(t, { programs: randomPrograms({ seed: seed + 1, count: count / 5 }), kills: kills.slice(0, 3) }))

interface Proof {
  programs: Program[]
  kills: readonly Kill[]
  inactivityTimeoutMs?: number
}

/** Runs the programs through all kills and compares what happened with what may happen. */
async function prove(t: TestContext, { programs, kills, ...options }: Proof): Promise<void> {
  const folder = dataFolder(t)
  // Now and then a run is put aside in the very moment before the record of its step, the more often the busier the
  // machine is: what takes longer than the engine's patience is cut off.
  const mayCutOff = options.inactivityTimeoutMs === undefined ? 0 : 1 / 100
  const logFile = path.join(folder, 'steps.log')
  const childOptions: ChildOptions = { ...options, policy: { lookupPatienceMs: 3000 }, extra: logFile }
  let child = await startChild(folder, module, childOptions)

  await acceptAll(child, programs)
  for (const [share, what] of kills) {
    await untilFinished(Math.ceil(share * programs.length))
    note({ kind: 'outage', is: 'begun', of: what })
    if (what === 'engine') await killEngine(child)
    else {
      await child.kill()
      child = await startChild(folder, module, childOptions)
    }
    note({ kind: 'outage', is: 'ended', of: what })
  }
  await untilFinished(programs.length)

  const log = readLog(logFile)
  assertNoTrouble(log)
  assert.deepEqual(await child.query(`SELECT id FROM sys_invocation WHERE completion_result = 'failure'`), [])
  assertResults(programs, log)
  assertNoRepeats(log, mayCutOff)
  assertOrder(programs, log)

  async function untilFinished(wanted: number): Promise<void> {
    let before = -1
    let sinceMs = Date.now()
    for (;;) {
      child.checkAlive()
      const log = readLog(logFile)
      assertNoTrouble(log)
      assertNoRepeats(log, mayCutOff)
      const present = finished(log).size
      if (present >= wanted) return
      if (present > before) sinceMs = Date.now()
      before = present
      if (Date.now() - sinceMs > stuckAfterMs) assert.fail(await describeStuck())
      await setTimeout(100)
    }
  }

  async function describeStuck(): Promise<string> {
    const states = await child.query('SELECT status, count(*) AS runs FROM sys_invocation GROUP BY status')
    return `${finished(readLog(logFile)).size} of ${programs.length} have finished, the others are stuck: ${JSON.stringify(states)}`
  }

  function note(line: LogLine): void {
    appendFileSync(logFile, `${JSON.stringify(line)}\n`)
  }
}

async function killEngine(child: Child): Promise<void> {
  const starts = () => child.engineEvents.filter(({ kind }) => kind === 'engine started').length
  const before = starts()
  kill(child.enginePid, 'SIGKILL')
  await child.until(() => starts() > before)
}

/** Sends what is not accepted again, as whoever sends it has to. */
async function acceptAll(child: Child, programs: Program[]): Promise<void> {
  await Promise.all(
    programs.map((program, run) => {
      const id = run.toString(16).padStart(64, '0')
      const event: TestEvent = { id, at: new Date().toISOString(), kind: 'random', data: { run, program } }
      return accept(child, event)
    }),
  )
}

async function accept(child: Child, event: TestEvent): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await child.accept(event)
      return
    } catch (error) {
      if (tries >= 20 || !String(error).includes('EngineUnavailable')) throw error
    }
  }
}

function finished(log: LogLine[]): Map<number, Result[]> {
  const results = new Map<number, Result[]>()
  for (const line of log)
    if (line.kind === 'finished') results.set(line.run, [...(results.get(line.run) ?? []), line.result as Result]) // what the program came to
  return results
}

/** A killed run may write its end twice, but never two ends. */
function assertResults(programs: Program[], log: LogLine[]): void {
  const results = finished(log)
  for (const [run, program] of programs.entries()) {
    const [result, ...repeated] = results.get(run) ?? []
    assert.ok(
      result !== undefined && allows(program, result),
      `program ${run} came to ${JSON.stringify(result)}: ${JSON.stringify(program)}`,
    )
    for (const each of repeated) assert.deepEqual(each, result, `program ${run} came to two results`)
  }
}

function assertNoTrouble(log: LogLine[]): void {
  const observed = log.filter(({ kind }) => kind === 'observed')
  assert.deepEqual(observed, [], 'a run failed, was superseded, or waits for a person')
}

/**
 * A step runs again only after it failed, or where it was cut off by a kill before it was recorded. An effect is made
 * once in any case.
 *
 * @param mayCutOff the share of steps that may be cut off without a kill.
 */
function assertNoRepeats(log: LogLine[], mayCutOff: number): void {
  const latest = new Map<string, { begunOn: number; hasFailed: boolean }>()
  const made = new Set<string>()
  const repeated: string[] = []
  let isOut = false
  let lastOutageOn = -1
  for (const [number, line] of log.entries()) {
    if (line.kind === 'outage') isOut = line.is === 'begun'
    if (line.kind === 'outage' || isOut) lastOutageOn = number
    if (line.kind === 'begun' || line.kind === 'failed') {
      const step = `program ${line.run} step ${line.at}`
      const before = latest.get(step)
      const mayRepeat = before === undefined || before.hasFailed || lastOutageOn >= before.begunOn
      if (line.kind === 'begun' && !mayRepeat) repeated.push(step)
      latest.set(step, { begunOn: number, hasFailed: line.kind === 'failed' })
    }
    if (line.kind === 'made') {
      assert.ok(!made.has(line.marker), `effect ${line.marker} was made twice`)
      made.add(line.marker)
    }
  }
  assert.ok(
    repeated.length <= Math.ceil(Math.max(1000, latest.size) * mayCutOff),
    `ran again although nothing was killed since: ${repeated.join(', ')}`,
  )
}

/** In a sequence, a step never runs again once the one after it has begun, whatever was killed. */
function assertOrder(programs: Program[], log: LogLine[]): void {
  const followers = new Map<string, string>()
  for (const [run, program] of programs.entries())
    for (const [step, next] of successors(program)) followers.set(`${run} ${step}`, `${run} ${next}`)
  const begun = new Set<string>()
  for (const line of log) {
    if (line.kind !== 'begun') continue
    const step = `${line.run} ${line.at}`
    const next = followers.get(step)
    assert.ok(next === undefined || !begun.has(next), `step ${step} ran again after ${next} had begun`)
    begun.add(step)
  }
}

/** The steps of all sequences that are followed by a step, with what follows. */
function* successors(program: Program, at = ''): Generator<[string, string]> {
  if (program.kind === 'sequence')
    for (const [index, each] of program.of.slice(0, -1).entries()) {
      const next = program.of[index + 1]
      if (isStep(each) && next !== undefined && isStep(next)) yield [`${at}.${index}`, `${at}.${index + 1}`]
    }
  if ('of' in program) for (const [index, each] of program.of.entries()) yield* successors(each, `${at}.${index}`)
  if (program.kind === 'loop')
    for (let turn = 0; turn < program.times; turn += 1) yield* successors(program.body, `${at}.${turn}`)
  if (program.kind === 'try') {
    yield* successors(program.body, `${at}.body`)
    yield* successors(program.rescue, `${at}.rescue`)
  }
}

function isStep({ kind }: Program): boolean {
  return kind === 'step' || kind === 'lookup' || kind === 'effect'
}
