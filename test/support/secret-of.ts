import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type Secret, secret } from '../../src/secrets/secret.ts'

/** A secret with this value, in an environment variable that nothing else has and that goes with the test. */
export function secretOf(t: TestContext, value: string): Secret {
  const name = `TEST_SECRET_${randomUUID().replaceAll('-', '_').toUpperCase()}`
  process.env[name] = value
  t.after(() => delete process.env[name])
  return secret(name)
}
