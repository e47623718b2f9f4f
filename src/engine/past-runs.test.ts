import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Effect } from '../connectors/effect.ts'
import { found, notFound } from '../connectors/outcome.ts'
import { ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'
import { defaultPolicy, type Engine, startEngine } from './engine.ts'
import type { EngineEvent } from './engine-event.ts'
import type { Observation } from './observation.ts'
import { eventOfRun, type PastRun, pastRuns } from './past-runs.ts'
import type { RunInput } from './services.ts'

interface TestEvent extends EngineEvent {
  starts: readonly string[]
}

const ticket = { id: '7', key: 'SEC-7', url: 'https://jira.example/browse/SEC-7' }

/** Opens a ticket, whose answer gets lost on the first attempt. */
function losing(): Effect<void, typeof ticket> {
  let tries = 0
  return {
    once: 'by marker',
    finding: 'cheap',
    make: async () => {
      tries += 1
      throw new ConnectorUnavailable('cut off', { mayHaveHappened: true })
    },
    find: async () => (tries > 0 ? found(ticket) : notFound()),
  }
}

const refused: Effect<void, void> = {
  once: 'at least once',
  make: async () => {
    throw new ConnectorRefused('no such ticket', { status: 404 })
  },
}

const programs: Record<string, (run: RunInput<TestEvent>) => Promise<unknown>> = {
  opens: ({ steps }) => steps.effect('jira.open', losing(), undefined),
  fails: ({ steps }) => steps.effect('jira.comment', refused, undefined),
  waits: ({ steps }) =>
    steps.step('ask', () => {
      throw new ConnectorUnavailable('down', { mayHaveHappened: false })
    }),
}

async function engineWith(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-'))
  const observed: Observation[] = []
  const engine = await startEngine<TestEvent>({
    dataFolder: folder,
    programs: { matching: ({ starts }) => starts, program: (name) => programs[name] },
    policy: { ...defaultPolicy, patienceMs: 600 },
    retentionDays: 1,
    observe: (observation) => observed.push(observation),
    log: () => undefined,
  })
  t.after(async () => {
    await engine.close()
    rmSync(folder, { recursive: true })
  })
  return { engine, observed }
}

function event(id: string, ...starts: string[]): TestEvent {
  return { id: id.repeat(64), at: new Date().toISOString(), starts }
}

async function allPast(engine: Engine<TestEvent>, known: readonly string[] = []): Promise<PastRun<TestEvent>[]> {
  const past = pastRuns<TestEvent>(engine.admin, {
    since: new Date(0),
    known: async () => new Set(known),
    matching: ({ starts }) => starts,
  })
  const all: PastRun<TestEvent>[] = []
  for await (const each of past) all.push(each)
  return all
}

/** What tells of durations, and the finished look-ups that a journal has no marker of, is not told again. */
/** What a journal can tell of it: ends of attempts at effects, not their beginnings. */
function comparable(observations: readonly Observation[], run: string): unknown[] {
  return observations
    .filter(
      (each) => each.run === run && each.kind !== 'intended' && (each.kind !== 'step' || each.marker !== undefined),
    )
    .map((each) => {
      const { ms: _ms, stack: _stack, ...rest } = { ms: 0, stack: '', ...each }
      return rest
    })
}

test('tells of past runs what was observed in them', async (t) => {
  const { engine, observed } = await engineWith(t)
  await engine.accept(event('a', 'opens'))
  await engine.accept(event('b', 'fails', 'waits'))
  await engine.accept(event('c'))
  const ends = ['run finished', 'run failed', 'waiting']
  while (observed.filter(({ kind }) => ends.includes(kind)).length < 3) await setTimeout(25)
  await engine.admin.cancel(observed.find(({ kind }) => kind === 'waiting')?.run ?? '')
  while (!observed.some(({ kind }) => kind === 'run cancelled')) await setTimeout(25)
  while ((await allPast(engine)).some(({ happened }) => happened.length === 1)) await setTimeout(25)

  const past = await allPast(engine)

  assert.deepEqual(
    past.map(({ event: { id }, run }) => `${id.charAt(0)} ${run?.automation} ${run?.generation}`).sort(),
    ['a opens 0', 'b fails 0', 'b undefined undefined', 'b waits 0', 'c undefined undefined'],
  )
  for (const { id, run, happened } of past.filter((each) => each.run !== undefined)) {
    const live = comparable(observed, id).filter((each) => run?.automation !== 'waits' || !isWaiting(each))
    const told = happened.map(({ observation }) => observation)
    assert.deepEqual(comparable(told, id), live)
  }
})

test('tells of a run whose place the next generation took that it was superseded', async (t) => {
  const { engine, observed } = await engineWith(t)
  const { run } = await engine.accept(event('a', 'waits'))
  while (!observed.some(({ kind }) => kind === 'waiting')) await setTimeout(25)

  await engine.admin.kill(run)

  const ends = async () => (await allPast(engine)).flatMap(({ happened }) => happened.slice(1))
  while (!(await ends()).some(({ observation }) => observation.kind !== 'waiting')) await setTimeout(25)
  assert.deepEqual(
    (await ends()).map(({ observation: { kind, generation } }) => [kind, generation]),
    [['run superseded', 1]],
  )
})

test('leaves out what is known, and knows the event of a run', async (t) => {
  const { engine, observed } = await engineWith(t)
  const first = event('a', 'opens')
  const { run } = await engine.accept(first)
  while (!observed.some(({ kind }) => kind === 'run finished')) await setTimeout(25)

  assert.deepEqual(await allPast(engine, [run]), [])
  assert.deepEqual(await eventOfRun<TestEvent>(engine.admin, run), first)
  assert.equal(await eventOfRun<TestEvent>(engine.admin, otherRun), undefined)
})

/** The form of an id, of no run. */
const otherRun = 'inv_1g2tAwjEzAXf0CFRqz1ZPUuQ93av35B1uq'

/** A wait that has ended with its run is not told. */
function isWaiting(observation: unknown): boolean {
  return typeof observation === 'object' && observation !== null && 'wait' in observation
}
