import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SourceDefinition } from '../../intake/source.ts'
import { type Secret, secret } from '../../secrets/secret.ts'
import { checkSecretValues } from './check-secret-values.ts'

function given(t: TestContext, name: string, value: string): Secret {
  process.env[name] = value
  t.after(() => delete process.env[name])
  return secret(name)
}

function source(name: string, secrets: Secret | Secret[], kind = 'url-token'): SourceDefinition {
  return { name, authentication: { kind, secrets } } as SourceDefinition // what the check looks at
}

test('warns of inbound secrets that are short, and of one value for two senders, without showing any', (t) => {
  const short = given(t, 'DOCTOR_SHORT', 'hunter2')
  const one = given(t, 'DOCTOR_ONE', 'the-value-that-two-have')
  const two = given(t, 'DOCTOR_TWO', 'the-value-that-two-have')

  const findings = checkSecretValues({
    sources: [source('alarms', short), source('doors', one)],
    tokens: [{ name: 'soc', secret: two, scopes: [] }],
  })

  assert.deepEqual(
    findings.map(({ state, says }) => [state, says]),
    [
      ['warning', 'DOCTOR_SHORT of source "alarms" has under 16 characters, which can be guessed'],
      [
        'warning',
        'source "doors" (DOCTOR_ONE) and token "soc" (DOCTOR_TWO) have the same value, so one could pass for the other',
      ],
    ],
  )
  assert.doesNotMatch(JSON.stringify(findings), /hunter2|the-value/)
})

test('warns of a space at an end of any secret', (t) => {
  given(t, 'DOCTOR_SPACED', 'pasted-with-a-space ')

  assert.deepEqual(
    checkSecretValues({}).map(({ says }) => says),
    ['DOCTOR_SPACED begins or ends with a space'],
  )
})

test('finds nothing in secrets that are long, and in an old and a new one of one source', (t) => {
  const secrets = ['DOCTOR_NEW', 'DOCTOR_OLD'].map((name) => given(t, name, 'the-value-that-both-have'))
  const account = given(t, 'DOCTOR_ACCOUNT', 'short')

  assert.deepEqual(checkSecretValues({ sources: [source('alarms', secrets), source('queue', account, 'queue')] }), [])
})
