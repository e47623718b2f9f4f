import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { AdderError } from '../src/errors/adder-error.ts'
import { everyOperation } from './support/every-connector.ts'
import { everyLookup, neverNotFound } from './support/every-lookup.ts'

/** By its title: of one integration two may have look-ups with the same name. */
const lookups = everyOperation
  .filter(({ kind }) => kind === 'look-up')
  .map(({ title, operation }) => ({ name: `${title}.${operation}`, title, operation }))
const names = lookups.map(({ name }) => name)

describe('every look-up', () => {
  for (const lookup of lookups)
    test(`finds what is there, and the same when it is asked again: ${lookup.name}`, async (t) => {
      const { ask, there } = await desk(t, lookup)

      const answers = [await ask(there), await ask(there)]

      const [first] = answers
      assert.equal(first?.kind, 'found')
      assert.deepEqual(JSON.parse(JSON.stringify(answers)), [first, first])
    })

  for (const lookup of lookups.filter(({ name }) => neverNotFound[name] === undefined))
    test(`says not_found of what is not there: ${lookup.name}`, async (t) => {
      const { ask, missing } = await desk(t, lookup)
      assert.ok(missing !== undefined, `test/support/every-lookup.ts says nothing that is missing for ${lookup.name}`)

      assert.deepEqual(await ask(missing), { kind: 'not_found' })
    })

  for (const lookup of lookups.filter(({ name }) => neverNotFound[name] !== undefined))
    test(`says no not_found, because ${neverNotFound[lookup.name]}: ${lookup.name}`, async (t) => {
      const { ask, there, missing, says, goDown } = await desk(t, lookup)

      if (missing === undefined) {
        assert.ok(goDown, `test/support/every-lookup.ts can't take down what ${lookup.name} asks`)
        goDown()
        await assert.rejects(ask(there), AdderError)
      } else {
        assert.notEqual(says, undefined)
        assert.deepEqual(await ask(missing), { kind: 'found', value: says })
      }
    })

  test('of the table test/support/every-lookup.ts is one that a connector has', async (t) => {
    const desks = await Promise.all(
      Object.entries(everyLookup).map(async ([title, start]) =>
        Object.keys((await start(t)).asked).map((operation) => `${title}.${operation}`),
      ),
    )

    assert.deepEqual(desks.flat().toSorted(), names.toSorted())
    assert.deepEqual(
      Object.keys(neverNotFound).filter((name) => !names.includes(name)),
      [],
    )
  })
})

/** A look-up on its stand-in, and what it is asked there. */
async function desk(t: TestContext, { name, title, operation }: (typeof lookups)[number]) {
  const start = everyLookup[title]
  assert.ok(start, `${name} has no entry in test/support/every-lookup.ts`)
  const { lookups, asked, goDown } = await start(t)
  const [lookup, input] = [lookups[operation], asked[operation]]
  assert.ok(lookup && input, `${name} has no entry in test/support/every-lookup.ts`)
  return { ...input, goDown, ask: (given: unknown) => lookup(given, { signal: AbortSignal.timeout(20_000) }) }
}
