import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { format, inspect } from 'node:util'
import { listSecrets, maskSecrets, secret } from './secret.ts'

function given(t: TestContext, value: string) {
  const name = `SECRET_TEST_${randomUUID().replaceAll('-', '_').toUpperCase()}`
  process.env[name] = value
  t.after(() => delete process.env[name])
  return secret(name)
}

test('shows its name, however it is printed', (t) => {
  const hidden = given(t, 'the-hidden-value')

  const shown = [
    String(hidden),
    `${hidden}`,
    JSON.stringify({ hidden }),
    inspect({ hidden }, { depth: 9, showHidden: true }),
    format('%s %o %j', hidden, hidden, hidden),
    Object.values(hidden).join(),
  ]

  for (const text of shown) {
    assert.doesNotMatch(text, /the-hidden-value/)
    assert.match(text, new RegExp(hidden.name))
  }
})

test('gives the value out only when it is asked to reveal it', (t) => {
  assert.equal(given(t, 'the-hidden-value').reveal(), 'the-hidden-value')
})

test('reads the variable each time, so that a new value counts at once', (t) => {
  const rotated = given(t, 'the-old-value')

  process.env[rotated.name] = 'the-new-value'

  assert.equal(rotated.reveal(), 'the-new-value')
})

test('takes an empty variable for one that is not set, and names it', (t) => {
  const empty = given(t, '')

  assert.equal(empty.isSet, false)
  assert.throws(() => empty.reveal(), new RegExp(`${empty.name} is not set`))
})

test('lists one secret and several alike', (t) => {
  const [one, two] = [given(t, 'value-one'), given(t, 'value-two')]

  assert.deepEqual(listSecrets(one), [one])
  assert.deepEqual(listSecrets([one, two]), [one, two])
})

test('masks every value of every secret, the longer first', (t) => {
  given(t, 'hunter22')
  given(t, 'hunter22-and-more')

  const masked = maskSecrets('a hunter22-and-more b hunter22 c hunter22')

  assert.equal(masked, 'a [secret] b [secret] c [secret]')
})

test('masks a value that stands percent-encoded or inside JSON', (t) => {
  const value = 'pä"ss\\w/rd %&'
  given(t, value)

  for (const spelling of [encodeURIComponent(value), JSON.stringify(value).slice(1, -1), value])
    assert.equal(maskSecrets(`<${spelling}>`), '<[secret]>')
})

test('masks no value of under four characters, which would hit any word', (t) => {
  given(t, 'abc')

  assert.equal(maskSecrets('the alphabet: abc'), 'the alphabet: abc')
})

test('masks a value that has been rotated since the last text, and one of a secret that is new', (t) => {
  const token = given(t, 'the-first-value')
  maskSecrets('something else')

  process.env[token.name] = 'the-second-value'
  given(t, 'a-third-value')

  assert.equal(maskSecrets('<the-second-value a-third-value>'), '<[secret] [secret]>')
})

test('masks what was derived from a value, until the value changes', (t) => {
  const token = given(t, 'the-hidden-value')

  const sent = token.derive((value) => Buffer.from(`ada:${value}`).toString('base64'))

  assert.equal(Buffer.from(sent, 'base64').toString(), 'ada:the-hidden-value')
  assert.equal(maskSecrets(`Basic ${sent} for the-hidden-value`), 'Basic [secret] for [secret]')
  assert.equal(maskSecrets(`in an address: ${encodeURIComponent(sent)}`), 'in an address: [secret]')
  assert.doesNotMatch(inspect(token, { depth: 9, showHidden: true }), /YWRh/)
  process.env[token.name] = 'another-value'
  assert.equal(maskSecrets(sent), sent)
})

test('masks what has been derived since the last text', (t) => {
  const token = given(t, 'the-hidden-value')
  const base64 = (value: string) => Buffer.from(value).toString('base64')
  maskSecrets('something else')

  const forms = [token.derive(base64), token.derive(encodeURI), token.derive((value) => base64(`ada:${value}`))]

  for (const form of forms) assert.equal(maskSecrets(form), '[secret]')
})
