import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { json } from './fields.ts'
import { valueOfOutcome } from './outcome.ts'
import { Problem } from './problem.ts'

const found = { kind: 'found', value: { name: 'ada' } }

const unwrapping: [what: string, output: z.ZodType][] = [
  ['an object', z.object({ name: z.string() })],
  ['an object of optional fields', z.object({ name: z.string().optional() })],
  ['a union', z.union([z.strictObject({ name: z.string() }), z.string()])],
  ['a list', z.array(z.string())],
]

for (const [what, output] of unwrapping) {
  test(`takes the value out of an outcome where the output is ${what}`, () => {
    assert.equal(valueOfOutcome(found, output), found.value)
    assert.throws(() => valueOfOutcome({ kind: 'not_found' }, output), Problem)
  })
}

const declaring: [what: string, output: z.ZodType][] = [
  ['an object with a kind', z.object({ kind: z.string() })],
  [
    'a union of outcomes',
    z.union([z.object({ kind: z.literal('found'), value: z.unknown() }), z.object({ kind: z.string() })]),
  ],
  ['any JSON value', json()],
]

for (const [what, output] of declaring) {
  test(`leaves an outcome alone where the output is ${what}`, () => {
    assert.equal(valueOfOutcome(found, output), found)
  })
}

test('leaves results alone that only look like outcomes', () => {
  const output = z.object({ name: z.string() })
  const results = [{ kind: 'found' }, { kind: 'found', value: 1, more: 2 }, { kind: 'other' }, null, 'found', []]

  assert.deepEqual(
    results.map((result) => valueOfOutcome(result, output)),
    results,
  )
})

test('says when to ask again where the outcome says it', () => {
  const until = new Date(Date.now() + 60_000).toISOString()

  const thrown = [{ kind: 'rate_limited', until }, { kind: 'rate_limited' }].map((outcome) => {
    try {
      return valueOfOutcome(outcome, z.string())
    } catch (error) {
      return error instanceof Problem ? error.headers['retry-after'] : error
    }
  })

  assert.ok(Number(thrown[0]) >= 59 && Number(thrown[0]) <= 60)
  assert.equal(thrown[1], undefined)
})
