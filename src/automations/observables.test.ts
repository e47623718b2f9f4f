import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { boundedObservablesIn, boundedObservablesOf, observablesIn, observablesOf } from './observables.ts'

const md5 = '9e107d9d372bb6826bd81d3542a419d6'
const sha1 = '0c5f7e2a1d8b9c6e4f3a2b1c0d9e8f7a6b5c4d3e'
const sha256 = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f'

describe('the observables of an alert', () => {
  const userFields = [
    'user',
    'User',
    'username',
    'user_name',
    'src_user',
    'dest_user',
    'account',
    'Account_Name',
    'sAMAccountName',
  ]
  for (const field of userFields) {
    test(`hold the user in "${field}"`, () => {
      assert.deepEqual(observablesOf({ [field]: ' mlisa ' }), [{ kind: 'user', value: 'mlisa' }])
    })
  }

  test('hold hashes in any field, in small letters, by their length', () => {
    const alert = { a: md5.toUpperCase(), b: [`two: ${sha1}, ${sha256}.`], c: { d: { e: `md5=${md5}` } } }

    assert.deepEqual(observablesOf(alert), [
      { kind: 'md5', value: md5 },
      { kind: 'sha1', value: sha1 },
      { kind: 'sha256', value: sha256 },
    ])
  })

  const noHashes = [`${md5}0`, `x${md5}`, `${md5}z`, md5.slice(1), `${sha1}a`, `${sha256}${sha256}`, `g${sha256}`]
  for (const text of noHashes) {
    test(`hold no hash in "${text.slice(0, 34)}…", ${text.length} characters`, () => {
      assert.deepEqual(observablesOf({ text }), [])
    })
  }

  test('hold each value once, and every user of a list', () => {
    const alert = { user: ['mlisa', 'dgray', 'mlisa'], src_user: 'dgray', raw: `${md5} ${md5}` }

    assert.deepEqual(observablesOf(alert), [
      { kind: 'user', value: 'mlisa' },
      { kind: 'user', value: 'dgray' },
      { kind: 'md5', value: md5 },
    ])
  })

  test('hold 20 of one kind at most, and no user that is longer than 256 characters', () => {
    const users = Array.from({ length: 30 }, (_, index) => `user${index}`)

    assert.equal(observablesOf({ user: users }).length, 20)
    assert.deepEqual(observablesOf({ user: ['x'.repeat(257), '', ' '] }), [])
  })

  test('are counted beyond the 20, each value once and each kind for itself', () => {
    const users = Array.from({ length: 30 }, (_, index) => `user${index}`)
    const hashes = Array.from({ length: 21 }, (_, index) => index.toString(16).padStart(32, '0'))

    const inAlert = boundedObservablesOf({ user: [...users, ...users], raw: hashes.join(' ') })
    const inText = boundedObservablesIn(hashes.join(' '))
    const few = boundedObservablesOf({ user: users.slice(0, 20) })

    assert.equal(inAlert.observables.length, 40)
    assert.deepEqual(
      inAlert.more,
      new Map([
        ['user', 10],
        ['md5', 1],
      ]),
    )
    assert.deepEqual(inText.more, new Map([['md5', 1]]))
    assert.deepEqual(few.more, new Map())
  })

  test('are not looked for below 32 levels', () => {
    const nested = (levels: number): unknown => (levels === 0 ? { user: 'mlisa' } : [nested(levels - 1)])

    assert.equal(observablesOf(nested(30)).length, 1)
    assert.equal(observablesOf(nested(40)).length, 0)
  })

  test('are none in what is no object, or holds nothing of interest', () => {
    for (const alert of [undefined, null, 5, true, {}, [], { user: 5, other: null }]) {
      assert.deepEqual(observablesOf(alert), [])
    }
  })
})

describe('the observables in a text', () => {
  test('hold users on lines of their own and hashes anywhere', () => {
    const text = `Hello,\nUser: mlisa\n| account | dgray |\n*username* = ghopper, please\nthe user told me\n${md5}`

    assert.deepEqual(observablesIn(text), [
      { kind: 'user', value: 'mlisa' },
      { kind: 'user', value: 'dgray' },
      { kind: 'user', value: 'ghopper' },
      { kind: 'md5', value: md5 },
    ])
  })

  const hostile = [
    'a',
    'a ',
    ' ',
    '\n',
    'user',
    'user ',
    'user:',
    'user: \n',
    '|',
    '* ',
    `${md5} `,
    md5,
    'user:a\n',
    '|user',
    'user*',
    'user | ',
  ]
  test('are found in time in proportion to a hostile text of a megabyte', () => {
    const texts = hostile.map((piece) => piece.repeat(Math.ceil(1_000_000 / piece.length)))

    const startedAt = performance.now()
    for (const text of [...texts, ...texts.map((each) => `user${each}`)]) observablesIn(text)
    const ms = performance.now() - startedAt

    // Quadratic work on a megabyte takes minutes; the bound leaves room for a busy machine.
    assert.ok(ms < 10_000, `took ${ms} ms`)
  })
})
