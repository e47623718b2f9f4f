import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { EffectCall, Once } from '../src/connectors/effect.ts'
import type { Observation } from '../src/engine/observation.ts'
import { AdderError } from '../src/errors/adder-error.ts'
import { ConnectorUnavailable } from '../src/errors/connector-errors.ts'
import { dataFolder } from './engine/data-folder.ts'
import type { EffectProgramsOptions } from './engine/effect-programs.ts'
import { startChild } from './engine/start-child.ts'
import { startTestEngine, type TestProgram, testEvent } from './engine/start-test-engine.ts'
import { root } from './support/adder-process.ts'
import { everyConnector } from './support/every-connector.ts'
import { type EffectDesk, effectOf, everyEffect, everyRepeatedEffect, newCall } from './support/every-effect.ts'
import { until } from './support/until.ts'

/** Those that have a contract of their own. */
const elsewhere = ['ansible.cancel', 'ansible.start', 'celery.start']

const effectPrograms = new URL('./engine/effect-programs.ts', import.meta.url).href
const lagMs = 2000
/** Longer than a search lags, and longer than such a test should last. */
const policy = { searchForMs: 20_000 }

/** How each effect of a connector is made once, by its name. */
const declared: readonly (readonly [string, Once])[] = everyConnector().flatMap(
  ({ definition: { integration, connect } }) => {
    const port = connect()
    if ('site' in port) return []
    return Object.entries(port.effects).map(([name, { once }]) => [`${integration}.${name}`, once] as const)
  },
)

describe('every effect that is made once', () => {
  test('is tried here, by an entry in test/support/every-effect.ts', () => {
    const known = declaredAs('by key', 'by marker', 'by state').filter((name) => !elsewhere.includes(name))
    assert.deepEqual(Object.keys(everyEffect).toSorted(), known.toSorted())
  })

  for (const name of tried('by marker', 'by state')) {
    test(`is found by another process after its answer got lost: ${name}`, async (t) => {
      const { standIn, make, find } = await desk(t, name)
      const ours = newCall()
      const before = await find(ours)
      standIn.misbehave({ lostAnswers: 1 })

      await assert.rejects(make(ours), (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened)

      standIn.misbehave({})
      assert.deepEqual([before.kind, (await find(ours)).kind], ['not_found', 'found'])
    })

    test(`is not taken for missing where it can't be looked for: ${name}`, async (t) => {
      const { standIn, make, find } = await desk(t, name)
      const ours = newCall()
      await make(ours)
      standIn.misbehave({ broken: 1 })

      await assert.rejects(find(ours), AdderError)
    })
  }

  for (const name of tried('by marker'))
    test(`is found by its own marker alone: ${name}`, async (t) => {
      const { make, find } = await desk(t, name)
      const [ours, theirs] = [newCall(), newCall()]
      const value = await make(ours)

      assert.equal((await find(theirs)).kind, 'not_found')
      const other = await make(theirs)

      assert.deepEqual(await find(theirs), { kind: 'found', value: other })
      assert.deepEqual(await find(ours), { kind: 'found', value })
    })

  for (const name of tried('by key'))
    test(`is one thing however often it is made with its key: ${name}`, async (t) => {
      const { standIn, make, made } = await desk(t, name)
      const [ours, theirs] = [newCall(), newCall()]
      standIn.misbehave({ lostAnswers: 1 })
      await assert.rejects(make(ours), (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened)
      standIn.misbehave({})

      const again = await make(ours)

      assert.deepEqual([await make(ours), made()], [again, 1])
      assert.notDeepEqual(await make(theirs), again)
      assert.equal(made(), 2)
    })

  for (const name of tried('by state'))
    test(`changes the state that it is known by: ${name}`, async (t) => {
      const { make, made, isSo } = await desk(t, name)
      assert.deepEqual([isSo?.(), made()], [false, 0])

      await make(newCall())

      assert.deepEqual([isSo?.(), made()], [true, 1])
    })
})

describe('every effect that is made at least once', () => {
  test('is listed in test/support/every-effect.ts', () => {
    assert.deepEqual(Object.keys(everyRepeatedEffect).toSorted(), declaredAs('at least once').toSorted())
  })

  for (const [name, reason] of Object.entries(everyRepeatedEffect))
    test(`says in its connector's doc comment why: ${name}`, () => {
      const file = path.join(root, 'src/integrations', name.split('.')[0] ?? '', 'connector.ts')
      const comments = readFileSync(file, 'utf8').replaceAll('\n * ', ' ')

      assert.ok(comments.includes(reason), `${file} does not say: ${reason}`)
    })
})

describe('the engine makes every effect that is made once one time', () => {
  test('when its first answer is lost, and its search does not show it yet where searches lag', async (t) => {
    const desks = await everyDesk(t)
    for (const each of Object.values(desks)) loseFirstAnswer(each)
    const programs = Object.entries(desks).map(
      ([name, { settings, input }]) =>
        [name, ({ steps }: Run) => steps.effect(name, effectOf(name, settings), input)] as const,
    )
    const { start, until: observed, observations } = await startTestEngine(t, Object.fromEntries(programs), { policy })

    await Promise.all(Object.keys(desks).map((name) => start(name)))

    await observed(() => haveEnded(observations, desks))
    assert.deepEqual(counts(desks), once(desks))
    assert.deepEqual(notSo(desks), [])
    assert.deepEqual(found(observations), findable(desks))
  })

  test('when its process is killed before the answer is there, and another process goes on', async (t) => {
    const folder = dataFolder(t)
    const desks = await everyDesk(t)
    // Whoever has asked for it is not answered any more.
    for (const each of Object.values(desks)) withholdAnswers(each)
    const first = await startChild(folder, effectPrograms, { extra: told(desks), policy })
    await Promise.all(Object.keys(desks).map((name) => first.accept(testEvent(name))))
    await until('each is made', () => Object.values(desks).every((desk) => desk.made() > 0), {
      shown: () => JSON.stringify(counts(desks)),
    })

    await first.kill()
    for (const { standIn } of Object.values(desks)) {
      standIn.watch(() => undefined)
      standIn.misbehave({})
    }
    const second = await startChild(folder, effectPrograms, { extra: told(desks), policy })

    await second.until(() => haveEnded(second.observations, desks))
    assert.deepEqual(counts(desks), once(desks))
    assert.deepEqual(notSo(desks), [])
    assert.deepEqual(found(second.observations), findable(desks))
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

/** The names of all that connectors declare to be made in one of these ways. */
function declaredAs(...ways: Once[]): string[] {
  return declared.flatMap(([name, once]) => (ways.includes(once) ? [name] : []))
}

function tried(...ways: Once[]): string[] {
  return declaredAs(...ways).filter((name) => Object.hasOwn(everyEffect, name))
}

/** A stand-in for each, with searches that lag where the connector says that they do. */
async function everyDesk(t: TestContext): Promise<Desks> {
  const started = Object.entries(everyEffect).map(async ([name, start]) => {
    const desk = await start()
    t.after(() => desk.standIn.close())
    const { once, finding } = effectOf(name, desk.settings)
    if (finding === 'lagging') assert.ok(desk.lagSearch, `${name} has a search that lags, and its stand-in has none`)
    if (once === 'by state') assert.ok(desk.isSo, `${name} is made by a state, and its entry does not say which`)
    desk.lagSearch?.(lagMs)
    return [name, desk] as const
  })
  return Object.fromEntries(await Promise.all(started))
}

/** Those that come later are there: what is made by its key is sent until one is. */
function loseFirstAnswer({ standIn }: EffectDesk): void {
  standIn.misbehave({ lostAnswers: 1 })
  if ('commands' in standIn) standIn.watch(() => standIn.misbehave({}))
  else
    standIn.watch((moment, { method }) => {
      if (moment === 'done' && method !== 'GET') standIn.misbehave({})
    })
}

/** Whoever asks for a change gets no answer any more, though it is made. */
function withholdAnswers({ standIn }: EffectDesk): void {
  if ('commands' in standIn) standIn.watch(() => standIn.misbehave({ tellsNothing: true }))
  else
    standIn.watch((_, { method }) => {
      if (method !== 'GET') standIn.misbehave({ slowMs: 60_000 })
    })
}

function told(desks: Desks): EffectProgramsOptions {
  return Object.fromEntries(Object.entries(desks).map(([name, { settings, input }]) => [name, { settings, input }]))
}

function counts(desks: Desks): Record<string, number> {
  return Object.fromEntries(Object.entries(desks).map(([name, desk]) => [name, desk.made()]))
}

function once(desks: Desks): Record<string, number> {
  return Object.fromEntries(Object.keys(desks).map((name) => [name, 1]))
}

/** Those whose stand-in is not in the state that was wanted. */
function notSo(desks: Desks): string[] {
  return Object.keys(desks).filter((name) => desks[name]?.isSo?.() === false)
}

/** Those that are found after a doubt, and not sent again with the same key. */
function findable(desks: Desks): string[] {
  const names = declaredAs('by marker', 'by state')
  return Object.keys(desks)
    .filter((name) => names.includes(name))
    .toSorted()
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
  const start = everyEffect[name]
  assert.ok(start)
  const { settings, input, ...rest } = await start()
  t.after(() => rest.standIn.close())
  const effect = () => effectOf(name, settings)
  return {
    ...rest,
    make: (call: EffectCall) => effect().make(input, call),
    find: (call: EffectCall) => effect().find?.(input, call) ?? assert.fail(`${name} has no find`),
  }
}
