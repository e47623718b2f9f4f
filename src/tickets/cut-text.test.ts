import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cutText, oneLine } from './cut-text.ts'

test('cutting never leaves half of a character', () => {
  assert.equal(cutText('ab😀', 3), 'ab')
  assert.equal(cutText('ab😀', 4), 'ab😀')
})

describe('a summary', () => {
  test('is one line, without what no ticket can hold', () => {
    assert.equal(oneLine(' MockScan:\r\n\tjdoe\u0000 ', 20), 'MockScan: jdoe\ufffd')
    assert.equal(oneLine(' \n', 20), '')
  })

  test('is cut with an ellipsis where it is too long, and only there', () => {
    assert.equal(oneLine('x'.repeat(20), 20), 'x'.repeat(20))
    assert.equal(oneLine('x'.repeat(21), 20), `${'x'.repeat(19)}…`)
  })
})
