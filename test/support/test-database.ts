import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { type Secret, secret } from '../../src/secrets/secret.ts'

/** A PostgreSQL server for tests, which may make databases there; undefined where histories are files. */
const server = process.env.ADDER_TEST_POSTGRES

/** Whether the histories of this process's tests are in PostgreSQL. */
export const isOnPostgres = server !== undefined

/**
 * A database of its own.
 *
 * @param atEnd registers what has to be done in the end: `t.after` of a test, or `after` for a file.
 */
export async function createTestDatabase(atEnd: (cleanUp: () => Promise<void>) => void): Promise<Secret> {
  const name = `adder_${randomUUID().replaceAll('-', '')}`
  await onServer(`create database ${name}`)
  atEnd(() => onServer(`drop database ${name} with (force)`))
  const url = new URL(server ?? '')
  url.pathname = `/${name}`
  const variable = `ADDER_TEST_${name.toUpperCase()}`
  process.env[variable] = url.href
  return secret(variable)
}

/** What a configuration says of its history in this process's tests. */
export async function testHistoryConfig(
  atEnd: (cleanUp: () => Promise<void>) => void,
): Promise<{ history?: { url: Secret } }> {
  return isOnPostgres ? { history: { url: await createTestDatabase(atEnd) } } : {}
}

/** Runs statements that have no answer. */
export async function onDatabase(url: string | undefined, statements: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statements)
  } finally {
    await client.end()
  }
}

function onServer(statements: string): Promise<void> {
  return onDatabase(server, statements)
}
