import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { after, before, describe, type TestContext, test } from 'node:test'
import { deleteExpired } from '../../src/history/delete-expired.ts'
import { findValue } from '../../src/history/find-value.ts'
import { History, type HistoryOptions } from '../../src/history/history.ts'
import { HistoryTooNew, HistoryUnavailable, HistoryUnusable } from '../../src/history/history-errors.ts'
import { listDeliveries } from '../../src/history/list-deliveries.ts'
import { listRuns } from '../../src/history/list-runs.ts'
import { postgresStore } from '../../src/history/postgres-store.ts'
import { maskSecrets, type Secret, secret } from '../../src/secrets/secret.ts'
import { onDatabase } from '../support/test-database.ts'
import { delivery, event, inRun, type Logged, uuid } from '../support/test-history.ts'
import { until } from '../support/until.ts'
import { type Postgres, postgresPrograms, startPostgres } from './postgres.ts'

const skip = postgresPrograms() === undefined && !process.env.CI && 'NO POSTGRESQL: apt-get install postgresql'
let server: Postgres
before(async () => {
  if (skip === false) server = await startPostgres()
})
after(() => server?.stop())

let databases = 0

async function database(): Promise<Secret> {
  databases += 1
  await onDatabase(server.url, `create database history_${databases}`)
  return urlOf((url) => {
    url.pathname = `/history_${databases}`
  })
}

/** The server's URL, changed. */
function urlOf(change: (url: URL) => void): Secret {
  const url = new URL(server.url)
  change(url)
  const variable = `ADDER_TEST_HISTORY_${Object.keys(process.env).length}`
  process.env[variable] = url.href
  return secret(variable)
}

function history(t: TestContext, url: Secret, options: Partial<HistoryOptions> = {}) {
  const logged: Logged[] = []
  const log = (fields: Record<string, unknown>, message: string): void => void logged.push({ fields, message })
  const made = new History({
    store: postgresStore(url),
    retentionDays: 30,
    log: { info: log, warn: log, error: log } as HistoryOptions['log'], // the history calls them in this way only
    ...options,
  })
  t.after(() => made.close())
  return { history: made, logged }
}

const messages = (logged: readonly Logged[]) => logged.map(({ message }) => message)
const newest = (made: History) => made.ask((db) => listDeliveries(db, { limit: 1 })).catch(() => undefined)

describe('a history in PostgreSQL', { skip }, () => {
  test('that is away at the start holds what it is told, and writes it as soon as it is there', async (t) => {
    const url = await database()
    const { history: made, logged } = history(t, url)
    await server.kill()
    t.after(() => server.start().catch(() => undefined))

    await made.open()
    made.delivery(delivery(1))
    await assert.rejects(newestOrThrow(made), HistoryUnavailable)
    await server.start()

    await until('the delivery is there', async () => (await newest(made))?.items[0]?.id === uuid(1))
    assert.deepEqual(messages(logged), ['the history can not be written, and waits', 'the history is written again'])
    assert.match(String(logged[0]?.fields.error), /ECONNREFUSED/)
  })

  test('that crashes holds what it is told until it is back', async (t) => {
    const { history: made, logged } = history(t, await database())
    await made.open()
    made.delivery(delivery(1))
    await newestOrThrow(made)
    await server.kill()
    made.delivery(delivery(2))
    await assert.rejects(newestOrThrow(made), HistoryUnavailable)

    await server.start()

    await until('both are there', async () => (await newest(made))?.items[0]?.id === uuid(2))
    assert.deepEqual(messages(logged), ['the history can not be written, and waits', 'the history is written again'])
  })

  test('that does not answer keeps neither the start nor the end waiting for ever', async (t) => {
    const silent = await tcpServer(t, () => undefined)
    const url = urlOf((changed) => {
      changed.port = String(silent)
    })
    const { history: made, logged } = history(t, url)
    made.delivery(delivery(1))

    await made.open()
    await made.close()

    assert.deepEqual(messages(logged), ['the history can not be written, and waits'])
  })

  const mistakes: [string, (url: URL) => void, RegExp][] = [
    [
      'a wrong password',
      (url) => Object.assign(url, { password: 'wrong-and-long' }),
      /Check the user and the password/,
    ],
    ['no such database', (url) => Object.assign(url, { pathname: '/nowhere' }), /Create the database/],
    ['a certificate of an unknown authority', (url) => url.searchParams.set('sslmode', 'verify-full'), /sslrootcert=/],
    ['no such file of an authority', (url) => url.searchParams.set('sslrootcert', '/nowhere.crt'), /Check the files/],
  ]
  for (const [name, change, expected] of mistakes) {
    test(`is refused at the start for ${name}, with what to do and without the password`, async (t) => {
      const url = urlOf(change)
      const { history: made } = history(t, url)

      const refusal = await made.open().then(
        () => undefined,
        (error: unknown) => error,
      )

      assert.ok(refusal instanceof HistoryUnusable, String(refusal))
      assert.match(refusal.message, expected)
      const { password } = new URL(url.reveal())
      assert.ok(!refusal.message.includes(password))
      assert.equal(maskSecrets(`it is ${password}`), 'it is [secret]')
    })
  }

  test('is refused at the start where TLS is asked for and the server has none', async (t) => {
    // A server without TLS says N to the question for it.
    const port = await tcpServer(t, (socket) => socket.write('N'))
    const url = urlOf((changed) => {
      changed.searchParams.set('sslmode', 'verify-full')
      changed.port = String(port)
    })
    const { history: made } = history(t, url)

    await assert.rejects(made.open(), { code: 'history.unusable', message: /Turn TLS on at the server/ })
  })

  test('is reached with TLS', async (t) => {
    const url = await database()
    const withTls = new URL(url.reveal())
    withTls.searchParams.set('sslmode', 'verify-full')
    withTls.searchParams.set('sslrootcert', server.caFile)
    process.env[url.name] = withTls.href
    const { history: made } = history(t, url)

    await made.open()

    assert.deepEqual(await newestOrThrow(made), { items: [] })
  })

  test('of a newer Adder is left as it is', async (t) => {
    const url = await database()
    const { history: first } = history(t, url)
    await first.open()
    await onDatabase(url.reveal(), "insert into kysely_migration values ('9999', '2030')")

    await assert.rejects(history(t, url).history.open(), HistoryTooNew)
  })

  test('that two Adders begin at once has one schema, and what both were told once', async (t) => {
    const url = await database()
    const [one, other] = [history(t, url).history, history(t, url).history]
    await Promise.all([one.open(), other.open()])
    const observables = [{ kind: 'user', value: 'mlisa' }]
    for (const each of [one, other])
      for (let number = 0; number < 300; number += 1)
        each.event(`e${number}`, () => event(`e${number}`, { observables }))
    // From the other end, so that each waits for rows of the other's.
    for (let number = 0; number < 300; number += 1) {
      one.observation(inRun(`inv_${number}`, { kind: 'run started' }))
      other.observation(inRun(`inv_${299 - number}`, { kind: 'run finished' }))
    }

    const [seen, found] = await Promise.all([
      one.ask((db) => listRuns(db, { limit: 1000 })),
      other.ask((db) => findValue(db, 'mlisa', { limit: 1000 })),
    ])

    assert.deepEqual([seen.items.length, found.items.length], [300, 300])
    const { items } = await one.ask((db) => listRuns(db, { limit: 1000, state: 'finished' }))
    assert.equal(items.length, 300)
  })

  test('that two Adders clean at once keeps what is not expired', async (t) => {
    const url = await database()
    let now = 1000
    const [one, other] = [history(t, url, { now: () => now }), history(t, url, { now: () => now })].map(
      (each) => each.history,
    )
    assert.ok(one && other)
    await Promise.all([one.open(), other.open()])
    const receivedAt = new Date(now).toISOString()
    for (let number = 0; number < 3000; number += 1) {
      one.delivery(delivery(number, { receivedAt, events: [{ id: `e${number}`, kind: 'k', state: 'accepted' }] }))
      one.observation(inRun(`inv_${number}`, { kind: 'run finished' }))
    }
    await one.ask(async () => undefined)
    now = 5000
    one.observation(inRun('inv_new', { kind: 'run finished' }))
    await one.ask(async () => undefined)

    await Promise.all([one, other].map((each) => each.ask((db) => deleteExpired(db, 4000))))

    const left = await one.ask(async (db) => [await listRuns(db, { limit: 5 }), await listDeliveries(db, { limit: 5 })])
    assert.deepEqual(
      left.map(({ items }) => items.map(({ id }) => id)),
      [['inv_new'], []],
    )
  })

  test('keeps texts that PostgreSQL has not, and finds a value that is too long for an index', async (t) => {
    const { history: made, logged } = history(t, await database())
    await made.open()
    const long = '\u{20ac}'.repeat(3000)
    made.delivery(delivery(1, { state: 'kept', reason: 'a \0 in it', senderId: 'half \ud800 a pair' }))
    made.event('e1', () => event('e1', { observables: [{ kind: 'url', value: long }] }))

    const { items } = await newestOrThrow(made)
    const found = await made.ask((db) => findValue(db, long, { limit: 1 }))
    const none = await made.ask((db) => findValue(db, 'a \0 in it', { limit: 1 }))

    assert.deepEqual([items[0]?.senderId, found.items[0]?.event.id, none.items], ['half \ufffd a pair', 'e1', []])
    assert.deepEqual(logged, [])
  })
})

function newestOrThrow(made: History) {
  return made.ask((db) => listDeliveries(db, { limit: 1 }))
}

async function tcpServer(t: TestContext, answer: (socket: Socket) => void): Promise<number> {
  const listening = createServer((socket) => socket.once('data', () => answer(socket))).listen(0, '127.0.0.1')
  t.after(() => listening.close())
  await once(listening, 'listening')
  const address = listening.address()
  assert.ok(address !== null && typeof address === 'object')
  return address.port
}
