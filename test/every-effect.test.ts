import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Observation } from '../src/engine/observation.ts'
import { AdderError } from '../src/errors/adder-error.ts'
import { ConnectorUnavailable } from '../src/errors/connector-errors.ts'
import { dataFolder } from './engine/data-folder.ts'
import type { EffectProgramsOptions } from './engine/effect-programs.ts'
import { startChild } from './engine/start-child.ts'
import { startTestEngine, type TestProgram, testEvent } from './engine/start-test-engine.ts'
import { root } from './support/adder-process.ts'
import { everyConnector } from './support/every-connector.ts'
import { type EffectDesk, effectOf, everyMarkedEffect } from './support/every-effect.ts'
import { until } from './support/until.ts'

/** Those that have a contract of their own. */
const elsewhere = ['ansible.start', 'celery.start']

const effectPrograms = new URL('./engine/effect-programs.ts', import.meta.url).href
const lagMs = 2000
/** Longer than a search lags, and longer than such a test should last. */
const policy = { searchForMs: 20_000 }

const marked = everyConnector().flatMap(({ definition: { integration, connect } }) => {
  const port = connect()
  if ('site' in port) return []
  return Object.entries(port.effects)
    .filter(([, { once }]) => once === 'by marker')
    .map(([name]) => `${integration}.${name}`)
})

describe('every effect that is made once by its marker', () => {
  test('is tried here, by an entry in test/support/every-effect.ts', () => {
    assert.deepEqual(
      Object.keys(everyMarkedEffect).toSorted(),
      marked.filter((name) => !elsewhere.includes(name)).toSorted(),
    )
  })

  for (const name of Object.keys(everyMarkedEffect)) {
    test(`is found by another process after its answer got lost, and by its own marker alone: ${name}`, async (t) => {
      const { standIn, make, find } = await desk(t, name)
      const [ours, theirs] = [call(), call()]
      const before = await find(ours)
      standIn.misbehave({ lostAnswers: 1 })

      await assert.rejects(make(ours), (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened)

      standIn.misbehave({})
      const found = await find(ours)
      assert.deepEqual([before.kind, found.kind], ['not_found', 'found'])
      assert.equal((await find(theirs)).kind, 'not_found')
      const made = await make(theirs)
      assert.deepEqual(await find(theirs), { kind: 'found', value: made })
      assert.deepEqual(await find(ours), found)
    })

    test(`is not taken for missing where it can't be looked for: ${name}`, async (t) => {
      const { standIn, make, find } = await desk(t, name)
      const ours = call()
      await make(ours)
      standIn.misbehave({ broken: 1 })

      await assert.rejects(find(ours), AdderError)
    })
  }
})

describe('the engine makes every effect that is made once by its marker one time', () => {
  test('when its answer is lost, and its search does not show it yet where searches lag', async (t) => {
    const desks = await everyDesk(t)
    for (const { standIn } of Object.values(desks)) standIn.misbehave({ lostAnswers: 1 })
    const programs = Object.entries(desks).map(
      ([name, { settings, input }]) =>
        [name, ({ steps }: Run) => steps.effect(name, effectOf(name, settings), input)] as const,
    )
    const { start, until: observed, observations } = await startTestEngine(t, Object.fromEntries(programs), { policy })

    await Promise.all(Object.keys(desks).map((name) => start(name)))

    await observed(() => haveEnded(observations, desks))
    assert.deepEqual(made(desks), once(desks))
    assert.deepEqual(found(observations), Object.keys(desks).toSorted())
  })

  test('when its process is killed before the answer is there, and another process goes on', async (t) => {
    const folder = dataFolder(t)
    const desks = await everyDesk(t)
    // Whoever has asked for it is not answered any more.
    for (const { standIn } of Object.values(desks))
      standIn.watch((_, { method }) => {
        if (method === 'POST') standIn.misbehave({ slowMs: 60_000 })
      })
    const first = await startChild(folder, effectPrograms, { extra: told(desks), policy })
    await Promise.all(Object.keys(desks).map((name) => first.accept(testEvent(name))))
    await until('each is made', () => Object.values(desks).every((desk) => desk.made() > 0), {
      shown: () => JSON.stringify(made(desks)),
    })

    await first.kill()
    for (const { standIn } of Object.values(desks)) {
      standIn.watch(() => undefined)
      standIn.misbehave({})
    }
    const second = await startChild(folder, effectPrograms, { extra: told(desks), policy })

    await second.until(() => haveEnded(second.observations, desks))
    assert.deepEqual(made(desks), once(desks))
    assert.deepEqual(found(second.observations), Object.keys(desks).toSorted())
  })
})

describe('every ticketing', () => {
  for (const file of globSync('src/integrations/*/{ticketing,*-ticketing}.ts', { cwd: root }))
    test(`passes the contract of ticketings: ${file}`, () => {
      const tests = readFileSync(path.join(root, file.replace(/\.ts$/, '.test.ts')), 'utf8')

      assert.match(tests, /^\w*[cC]ontract\(/m)
    })
})

type Desks = Readonly<Record<string, EffectDesk>>
type Run = Parameters<TestProgram>[0]

/** A stand-in for each, with searches that lag where the connector says that they do. */
async function everyDesk(t: TestContext): Promise<Desks> {
  const started = Object.entries(everyMarkedEffect).map(async ([name, start]) => {
    const desk = await start()
    t.after(() => desk.standIn.close())
    if (effectOf(name, desk.settings).finding === 'lagging')
      assert.ok(desk.lagSearch, `${name} has a search that lags, and its stand-in has none`)
    desk.lagSearch?.(lagMs)
    return [name, desk] as const
  })
  return Object.fromEntries(await Promise.all(started))
}

function told(desks: Desks): EffectProgramsOptions {
  return Object.fromEntries(Object.entries(desks).map(([name, { settings, input }]) => [name, { settings, input }]))
}

function made(desks: Desks): Record<string, number> {
  return Object.fromEntries(Object.entries(desks).map(([name, desk]) => [name, desk.made()]))
}

function once(desks: Desks): Record<string, number> {
  return Object.fromEntries(Object.keys(desks).map((name) => [name, 1]))
}

/** Whether each run is finished, or it is clear already that not all will be well. */
function haveEnded(observations: readonly Observation[], desks: Desks): boolean {
  const kinds = observations.map(({ kind }) => kind)
  const isWrong = kinds.includes('waiting') || kinds.includes('run failed')
  const isTwice = Object.values(desks).some((desk) => desk.made() > 1)
  const finished = kinds.filter((kind) => kind === 'run finished').length
  return isWrong || isTwice || finished === Object.keys(desks).length
}

/** The effects that were found and not made, by their names. */
function found(observations: readonly Observation[]): string[] {
  const steps = observations.flatMap((each) => (each.kind === 'step' && each.effect === 'found' ? [each.step] : []))
  return [...new Set(steps.map((step) => step.replace(' (find)', '')))].toSorted()
}

/** An effect on its stand-in; each call comes from a process of its own. */
async function desk(t: TestContext, name: string) {
  const start = everyMarkedEffect[name]
  assert.ok(start)
  const { standIn, settings, input } = await start()
  t.after(() => standIn.close())
  const effect = () => effectOf(name, settings)
  return {
    standIn,
    make: (options: ReturnType<typeof call>) => effect().make(input, options),
    find: (options: ReturnType<typeof call>) => effect().find?.(input, options) ?? assert.fail(`${name} has no find`),
  }
}

/** Of an effect with a marker of its own. */
function call() {
  return {
    signal: AbortSignal.timeout(20_000),
    marker: `adder-${randomBytes(12).toString('hex')}`,
    intendedAt: new Date().toISOString(),
  }
}
