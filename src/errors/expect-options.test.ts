import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from './config-error.ts'
import { expectOptions, type OptionForms } from './expect-options.ts'

interface Options {
  url: string
  token: object
  plan: 'free' | 'paid'
  title?: string
  rows?: 'first' | 'all'
  quota?: readonly number[]
}

const forms: OptionForms<Options> = {
  url: 'string',
  token: 'any',
  plan: ['free', 'paid'],
  title: 'string?',
  rows: ['first', 'all', undefined],
  quota: 'any?',
}
const valid = { url: 'https://acme.example', token: {}, plan: 'paid' }
const names = 'Known options: url, token, plan, title, rows, quota'

/** What it says of options that have no type, as in a configuration that nobody compiled. */
function faultsOf(options: unknown): Record<string, string> {
  try {
    expectOptions('acme.connector', options as Options, forms) // what the compiler would have refused
    return {}
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return Object.fromEntries(error.faults.map(({ at, problem }) => [at, problem]))
  }
}

describe('the check of options', () => {
  test('takes those that are needed, alone and with all others', () => {
    assert.deepEqual(faultsOf(valid), {})
    assert.deepEqual(faultsOf({ ...valid, title: 'Acme', rows: 'all', quota: [] }), {})
    assert.deepEqual(faultsOf({ ...valid, title: undefined, rows: undefined, quota: undefined }), {})
  })

  test('names an option that there is not, with the one that was meant and all there are', () => {
    assert.deepEqual(faultsOf({ ...valid, titel: 'Acme' }), {
      'acme.connector({ titel })': `there is no such option; did you mean title? ${names}`,
    })
    assert.deepEqual(faultsOf({ ...valid, QUOTA: [] }), {
      'acme.connector({ QUOTA })': `there is no such option; did you mean quota? ${names}`,
    })
    assert.deepEqual(faultsOf({ ...valid, toString: 1 }), {
      'acme.connector({ toString })': `there is no such option. ${names}`,
    })
  })

  test('names every fault at once', () => {
    assert.deepEqual(faultsOf({ urls: 'https://acme.example', plan: 'public', title: 7, rows: null }), {
      'acme.connector({ urls })': `there is no such option; did you mean url? ${names}`,
      'acme.connector({ url })': 'is missing',
      'acme.connector({ token })': 'is missing',
      'acme.connector({ plan })': "must be 'free' or 'paid'",
      'acme.connector({ title })': 'must be a string',
      'acme.connector({ rows })': "must be 'first' or 'all'",
    })
  })

  test('shows no value, which may be a secret', () => {
    const said = JSON.stringify(faultsOf({ url: ['hunter2'], plan: 'hunter2', token: {}, pasword: 'hunter2' }))

    assert.ok(!said.includes('hunter2'), said)
  })

  for (const nothing of [undefined, null, {}])
    test(`names what is missing of ${JSON.stringify(nothing)}`, () => {
      assert.deepEqual(Object.values(faultsOf(nothing)), ['is missing', 'is missing', 'is missing'])
    })

  for (const wrong of ['https://acme.example', 7, ['a']])
    test(`refuses what is no object: ${JSON.stringify(wrong)}`, () => {
      assert.deepEqual(faultsOf(wrong), { 'acme.connector': 'its options must be an object, such as { name: … }' })
    })

  test('has a table of options that TypeScript compares with their type', () => {
    const { quota, ...lacking } = forms
    // @ts-expect-error It lacks one.
    const withoutOne: OptionForms<Options> = lacking
    // @ts-expect-error One that is needed is said to be optional.
    const tooOptional: OptionForms<Options> = { ...forms, url: 'string?' }
    // @ts-expect-error One that is optional is said to be needed.
    const tooStrict: OptionForms<Options> = { ...forms, rows: ['first', 'all'] }
    // @ts-expect-error A string that the type does not have.
    const another: OptionForms<Options> = { ...forms, plan: ['free', 'public'] }

    assert.ok(quota && withoutOne && tooOptional && tooStrict && another)
  })
})
