import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { found, type Outcome } from '../connectors/outcome.ts'
import { isOwn } from '../observables/is-own.ts'
import { isKept, keepOwn } from './keep-own.ts'

const keep = keepOwn(isOwn({ domains: ['acme.com', 'acme.zip', 'plant'] }))

async function askedOf(input: unknown, { isOutside }: { isOutside: boolean }) {
  const asked: unknown[] = []
  const outcome = await keep({ isOutside }, async (given) => {
    asked.push(given)
    return found(1)
  })(input)
  return { asked, outcome }
}

describe('an outside service', () => {
  const ownInputs: unknown[] = [
    '10.0.0.1',
    ' 10.0.0[.]1 ',
    '::FFFF:10.0.0.1',
    'ACME.com',
    'backup.acme.zip',
    'press.plant',
    'https://wiki.acme.com/a',
    'hxxps://wiki[.]acme[.]com',
    `https://intranet/${'a'.repeat(4000)}`,
    'mlisa@acme.com',
    'who is 10.0.0.1?',
    { ip: '192.168.0.1', days: 30 },
    { query: { host: 'db.acme.internal' } },
    ['8.8.8.8', '127.0.0.1'],
  ]
  for (const input of ownInputs) {
    test(`is not asked about ${JSON.stringify(input).slice(0, 40)}, in whatever spelling`, async () => {
      const { asked, outcome } = await askedOf(input, { isOutside: true })

      assert.deepEqual(asked, [])
      assert.equal(isKept(outcome), true)
    })
  }

  const others: unknown[] = ['8.8.8.8', 'evil.com', '9e107d9d372bb6826bd81d3542a419d6', 'mlisa', 7, null, undefined, {}]
  for (const input of others) {
    test(`is asked about ${JSON.stringify(input)}`, async () => {
      const { asked, outcome } = await askedOf(input, { isOutside: true })

      assert.deepEqual(asked, [input])
      assert.equal(isKept(outcome), false)
    })
  }
})

describe('a system of one’s own', () => {
  test('is asked about everything', async () => {
    const { outcome } = await askedOf('10.0.0.1', { isOutside: false })

    assert.deepEqual(outcome satisfies Outcome<unknown>, { kind: 'found', value: 1 })
  })
})
