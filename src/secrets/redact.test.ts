import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { redact, redactText } from './redact.ts'

const card = '[redacted payment-card]'

test('masks the numbers of real issuers, in one piece or in groups', () => {
  // The networks' published test numbers.
  const numbers = [
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '5555555555554444',
    '2223003122003222',
    '378282246310005',
    '3782 822463 10005',
    '6011111111111117',
    '3530111333300000',
    '6200000000000005',
    '6205 5000 0000 0000 004',
  ]

  const masked = numbers.map((number) => redactText(`pays with ${number}, today`, ['payment-card']))

  assert.deepEqual(new Set(masked), new Set([`pays with ${card}, today`]))
})

test('leaves numbers alone that are no cards, and digits of longer words', () => {
  const untouched = [
    '4111111111111112',
    '1700000000000',
    '1700000000000000',
    '6205500000000000004',
    '30569309025904',
    'd41d8cd98f00b204e9800998ecf8427e',
    'a4111111111111111',
    '4111111111111111f',
    'x_4111111111111111',
    '0.4111111111111111',
    'doi:10.1234/4111111111111111',
    '41111111-1111-1111-8111-111111111111',
    '2026-11-24 08:00:00',
    'é4111111111111111',
  ]

  const masked = untouched.map((text) => redactText(text, ['payment-card', 'us-ssn']))

  assert.deepEqual(masked, untouched)
})

test('finds a card beside other numbers, and several in one text', () => {
  const text = 'order 12 4111111111111111 555 4111 1111 1111 1111; 4111111111111111.'

  const masked = redactText(text, ['payment-card'])

  assert.equal(masked, `order 12 ${card} 555 ${card}; ${card}.`)
})

test('masks social-security numbers that can have been given out, and no others', () => {
  const masked = redactText('078-05-1120 (ssn:219-09-9999)', ['us-ssn'])
  const others = [
    '000-12-3456',
    '666-12-3456',
    '900-12-3456',
    '123-00-4567',
    '123-45-0000',
    '1078-05-1120',
    '078-05-1120-1',
  ]

  assert.equal(masked, '[redacted us-ssn] (ssn:[redacted us-ssn])')
  assert.deepEqual(
    others.map((text) => redactText(text, ['us-ssn'])),
    others,
  )
})

test('masks own patterns everywhere, with or without the flag for it', () => {
  const text = 'E-123 and E-456'

  assert.equal(
    redactText(text, [{ name: 'employee', pattern: /E-\d+/ }]),
    '[redacted employee] and [redacted employee]',
  )
  assert.equal(
    redactText(text, [{ name: 'employee', pattern: /E-\d+/g }]),
    '[redacted employee] and [redacted employee]',
  )
  assert.equal(redactText(text, [{ name: 'nothing', pattern: /x*/ }]), text)
})

test('masks values at any depth and leaves keys, kept paths and other kinds of values', () => {
  const value = {
    '4111111111111111': [{ pan: '4111111111111111', number: 4111111111111111, id: '4111111111111111' }],
    flag: true,
    nothing: null,
    ms: 1700000000000,
  }

  const masked = redact(value, ['payment-card'], { keep: (path) => path.at(-1) === 'id' })

  assert.deepEqual(masked, {
    '4111111111111111': [{ pan: card, number: card, id: '4111111111111111' }],
    flag: true,
    nothing: null,
    ms: 1700000000000,
  })
  assert.equal(value['4111111111111111'][0]?.pan, '4111111111111111')
})

test('copies a key named __proto__ as a key', () => {
  const masked = redact(JSON.parse('{"__proto__": {"pan": "4111111111111111"}}'), ['payment-card'])

  assert.equal(JSON.stringify(masked), `{"__proto__":{"pan":"${card}"}}`)
  assert.equal(Object.getPrototypeOf(masked), Object.prototype)
})

test('walks a value that is nested deeper than the stack', () => {
  let deep: unknown = '4111111111111111'
  for (let level = 0; level < 200_000; level += 1) deep = [deep]

  let masked = redact(deep, ['payment-card'])

  while (Array.isArray(masked)) masked = masked[0]
  assert.equal(masked, card)
})

test('takes time in proportion to hostile text of a megabyte', () => {
  const hostile = ['4', '4 ', '411-', '4111 ', '4111111111111111 ', '123-', '10.4', '0-', 'a4111111-1111-'].map(
    (piece) => piece.repeat(Math.ceil(1_000_000 / piece.length)),
  )

  const startedAt = performance.now()
  for (const text of hostile) redactText(text, ['payment-card', 'us-ssn'])
  const ms = performance.now() - startedAt

  // Quadratic work on a megabyte takes minutes; the bound leaves room for a busy machine.
  assert.ok(ms < 10_000, `took ${ms} ms`)
})

const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`))
const withCheckDigit = (body: string) => {
  const sum = [...body].reverse().reduce((total, character, index) => {
    const weighted = index % 2 === 0 ? Number(character) * 2 : Number(character)
    return total + (weighted > 9 ? weighted - 9 : weighted)
  }, 0)
  return body + String((10 - (sum % 10)) % 10)
}

test('masks every card number in any grouping of three digits or more, whatever stands around it', () => {
  const cards = digits(14).map((rest) => withCheckDigit(`4${rest}`))
  const around = fc.constantFrom('', ' ', 'card: ', '"', 'x ', '(', 'nr.')
  const cuts = fc.constantFrom([4, 8, 12], [6, 12], [], [4], [3, 6, 9, 13])
  const separator = fc.constantFrom(' ', '-')

  fc.assert(
    fc.property(cards, around, cuts, separator, (number, before, at, between) => {
      const grouped = [0, ...at].map((start, index) => number.slice(start, at[index])).join(between)

      assert.equal(redactText(`${before}${grouped} end`, ['payment-card']), `${before}${card} end`)
    }),
  )
})

test('never touches hashes, UUIDs and times', () => {
  const hashes = fc.string().map((text) => hash('md5', text, 'hex'))
  const ids = fc.oneof(
    hashes,
    fc.uuid(),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  )

  fc.assert(
    fc.property(fc.array(ids), (list) => {
      const text = list.join(', ')

      assert.equal(redactText(text, ['payment-card', 'us-ssn']), text)
    }),
  )
})

test('changes nothing but strings and numbers, and nothing a second time', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const once = redact(value, ['payment-card', 'us-ssn'])

      assert.deepEqual(redact(once, ['payment-card', 'us-ssn']), once)
    }),
  )
})
