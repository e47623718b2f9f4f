import assert from 'node:assert/strict'
import { test } from 'node:test'
import { questionKey } from './question.ts'

test('a question has one key, however its input is written, and another than any other question', () => {
  const question = { connector: 'a', lookup: 'b', input: { x: 1, y: [{ p: 2, q: undefined }] } }
  const same = { connector: 'a', lookup: 'b', input: { y: [{ p: 2 }], x: 1 } }
  const others = [
    { ...question, connector: 'A' },
    { ...question, lookup: 'c' },
    { ...question, input: { ...question.input, x: '1' } },
    { ...question, input: { ...question.input, y: [] } },
    { ...question, input: undefined },
  ]

  assert.equal(questionKey(question), questionKey(same))
  assert.equal(new Set([question, ...others].map(questionKey)).size, 6)
})

test('the key does not show what is asked', () => {
  assert.match(questionKey({ connector: 'directory', lookup: 'user', input: 'mlisa' }), /^[0-9a-f]{64}$/)
})
