import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { identityKey } from './identity-key.ts'

async function keyFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'adder-key-'))
  t.after(() => rm(folder, { recursive: true }))
  return path.join(folder, 'engine.key')
}

test('an identity key is made once, for its owner only', async (t) => {
  const file = await keyFile(t)

  const first = identityKey(file)
  const second = identityKey(file)

  assert.equal(first, second)
  assert.match(first, /^publickeyv1_[1-9A-HJ-NP-Za-km-z]{43,44}$/)
  assert.equal(statSync(file).mode & 0o777, 0o600)
})

test('an identity key is written as base58 of the raw public key', async (t) => {
  const file = await keyFile(t)
  // RFC 8032 §7.1, test 1; the expected text was computed with another base58 implementation.
  const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
  const pkcs8 = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex').toString('base64')
  await writeFile(file, `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`)

  assert.equal(identityKey(file), 'publickeyv1_FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z')
})
