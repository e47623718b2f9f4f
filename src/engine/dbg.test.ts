import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import path from 'node:path'
import { kill } from 'node:process'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { TestEvent } from '../../test/engine/engine-child.ts'
import { allows, type Program, type Result, randomPrograms } from '../../test/engine/random-program.ts'
import { type Child, dataFolder, startChild } from '../../test/engine/start-child.ts'
import { type LogLine, readLog } from '../../test/engine/step-log.ts'

const seed = Number(process.env.ADDER_PROGRAMS_SEED ?? 20190503)
const count = Number(process.env.ADDER_PROGRAMS ?? 1000)

/** After which share of the programs has finished something is killed, and what. */
const kills = [
  [0.02, 'process'],
  [0.15, 'engine'],
  [0.3, 'process'],
  [0.45, 'process'],
  [0.6, 'engine'],
  [0.75, 'process'],
  [0.9, 'engine'],
] as const

test(`${count} random programs end as if nothing had been killed, and repeat no finished step (seed ${seed})`, async (t) => {
  const folder = dataFolder(t)
  const logFile = path.join(folder, 'steps.log')
  const programs = randomPrograms({ seed, count })

  let child = await start()
  t.after(() => child.close())
  await acceptAll(child, programs)
  for (const [share, what] of kills) {
    await untilFinished(Math.ceil(share * count))
    console.error(Date.now() % 1e6, share, what)
    if (what === 'engine') kill(child.enginePid, 'SIGKILL')
    else {
      await child.kill()
      child = await start()
    }
  }
  await untilFinished(count)
  console.error(Date.now() % 1e6, 'end', child.engineEvents)

  const log = readLog(logFile)
  assert.deepEqual(
    log.filter((line) => line.kind === 'observed'),
    [],
    'a run failed, was superseded, or waits for a person',
  )
  assertResults(programs, log)
  assertNoRepeats(log)
  assertOrder(programs, log)
  assert.deepEqual(await child.query(`SELECT id FROM sys_invocation WHERE completion_result = 'failure'`), [])

  function start(): Promise<Child> {
    return startChild(folder, new URL('../../test/engine/random-programs.ts', import.meta.url).href, {
      inactivityTimeoutMs: 60,
      policy: { lookupPatienceMs: 3000, timeoutMs: 20_000 },
      extra: logFile,
    })
  }

  async function untilFinished(wanted: number): Promise<void> {
    let size = 0
    for (;;) {
      const present = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
      if (present !== size && finished(readLog(logFile)).size >= wanted) return
      size = present
      await setTimeout(100)
    }
  }
})

async function acceptAll(child: Child, programs: Program[]): Promise<void> {
  await Promise.all(
    programs.map((program, run) => {
      const id = run.toString(16).padStart(64, '0')
      const event: TestEvent = { id, at: new Date().toISOString(), kind: 'random', data: { run, program } }
      return child.accept(event)
    }),
  )
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

/** A step is done twice only where its process or its engine was killed in between; an effect is made once in any case. */
function assertNoRepeats(log: LogLine[]): void {
  const lives = new Map<string, string>()
  const made = new Set<string>()
  for (const line of log) {
    if (line.kind === 'done') {
      const step = `program ${line.run} step ${line.at}`
      assert.notEqual(lives.get(step), line.life, `${step} was done twice in one life`)
      lives.set(step, line.life)
    }
    if (line.kind === 'made') {
      assert.ok(!made.has(line.marker), `effect ${line.marker} was made twice`)
      made.add(line.marker)
    }
  }
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
