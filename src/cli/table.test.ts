import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plain, table, wrapped } from './table.ts'

describe('table', () => {
  test('has columns as wide as their longest cell, and lines of 80 characters at most', () => {
    const rows = [
      { name: 'a', what: 'short' },
      { name: 'bbbb', what: 'x'.repeat(100) },
    ]

    const text = table(rows, [
      { title: 'NAME', cell: ({ name }) => name },
      { title: 'WHAT', cell: ({ what }) => what },
    ])

    assert.equal(text, `NAME  WHAT\na     short\nbbbb  ${'x'.repeat(73)}…`)
  })

  test('lets nothing from outside move the cursor', () => {
    assert.equal(plain('a\u001b[2J\r\nb\u0007'), 'a [2J b')
  })

  test('wraps a text at its words', () => {
    const text = wrapped('word '.repeat(30), 4)

    assert.ok(text.split('\n').every((line) => line.length <= 80))
    assert.equal(text.replaceAll('\n    ', ' '), 'word '.repeat(30).trim())
  })
})
