import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { fieldFaults } from './field-faults.ts'

function faultsOf(schema: z.ZodType, value: unknown): string {
  const { error } = schema.safeParse(value)
  assert.ok(error)
  return fieldFaults(error, 'the body')
}

test('names the fields, and the whole where it is none', () => {
  const schema = z.object({ list: z.array(z.object({ n: z.number('is no number') })) })

  assert.equal(faultsOf(schema, { list: [{ n: 1 }, { n: 'private' }] }), 'list.1.n: is no number')
  assert.equal(faultsOf(z.string('is no text'), 7), 'the body: is no text')
})

test('stays short however many fields are wrong and whatever they are called', () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, 'private']))
  const long = { ['k'.repeat(1024 * 1024)]: 'private' }

  assert.match(faultsOf(z.record(z.string(), z.number('is no number')), many), /^(?:f\d: is no number(?:; )?){5}$/)
  assert.equal(faultsOf(z.record(z.string(), z.number()), long).length, 500)
  assert.equal(faultsOf(z.strictObject({}), long).length, 500)
})
