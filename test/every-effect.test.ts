import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { AdderError } from '../src/errors/adder-error.ts'
import { ConnectorUnavailable } from '../src/errors/connector-errors.ts'
import { root } from './support/adder-process.ts'
import { everyConnector } from './support/every-connector.ts'
import { everyMarkedEffect } from './support/every-effect.ts'

/** Those that have a contract of their own. */
const elsewhere = ['ansible.start', 'celery.start']

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

describe('every ticketing', () => {
  for (const file of globSync('src/integrations/*/{ticketing,*-ticketing}.ts', { cwd: root }))
    test(`passes the contract of ticketings: ${file}`, () => {
      const tests = readFileSync(path.join(root, file.replace(/\.ts$/, '.test.ts')), 'utf8')

      assert.match(tests, /^\w*[cC]ontract\(/m)
    })
})

/** An effect on its stand-in; each call comes from a process of its own. */
async function desk(t: TestContext, name: string) {
  const start = everyMarkedEffect[name]
  assert.ok(start)
  const { standIn, definition, input } = await start()
  t.after(() => standIn.close())
  const effect = () => definition.connect().effects[name.split('.')[1] ?? ''] ?? assert.fail(name)
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
