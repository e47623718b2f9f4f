import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import * as z from 'zod'
import { ConfigError } from '../errors/config-error.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../errors/connector-errors.ts'
import { maskSecrets, secret } from '../secrets/secret.ts'
import { httpStandIn } from '../stand-ins/http-stand-in.ts'
import { basic, bearer, connector, effect, type HttpAuth, header, lookup, path } from './http.ts'

const call = () => ({ signal: AbortSignal.timeout(5000) })
const effectCall = () => ({ ...call(), marker: 'adder-0123456789abcdef01234567', intendedAt: '2026-11-02T10:00:00Z' })

function given(t: TestContext, value: string) {
  const name = `HTTP_TEST_${randomUUID().replaceAll('-', '_').toUpperCase()}`
  process.env[name] = value
  t.after(() => delete process.env[name])
  return secret(name)
}

const Host = z.object({ name: z.string(), owner: z.string().nullable() })
const Note = z.object({ id: z.string(), marker: z.string() })

/** An inventory of hosts, and a server of it that knows one, and keeps the notes that are made. */
async function inventory(t: TestContext, { auth = 'none' }: { auth?: HttpAuth | 'none' } = {}) {
  const notes: { id: string; marker: string; text: unknown }[] = []
  const server = await httpStandIn({
    routes: {
      'GET /v1/hosts/:name': ({ params }) => {
        if (params.name === 'web-1') return { json: { name: 'web-1', owner: 'mlisa', rack: 7 } }
        if (params.name === 'bare') return { json: { name: 'bare', owner: null } }
        if (params.name === 'odd') return { json: { name: 'odd', owner: 'private-value'.length } }
        if (params.name === 'proxy') return { status: 404, html: '<h1>Not here</h1>' }
        if (params.name === 'moved') return { status: 404, json: { message: 'no such route' } }
        return { status: 404, json: { error: 'unknown_host' } }
      },
      'POST /v1/notes': ({ json }) => {
        const { text, marker } = z.object({ text: z.string(), marker: z.string() }).parse(json)
        notes.push({ id: `n${notes.length + 1}`, marker, text })
        return { status: 201, json: notes.at(-1) }
      },
      'GET /v1/notes': ({ query }) => ({ json: notes.filter(({ marker }) => marker === query.get('marker')) }),
      'GET /v1/me': () => ({ json: {} }),
    },
  })
  t.after(() => server.close())
  const definition = connector({
    integration: 'inventory',
    title: 'Inventory',
    docs: 'https://inventory.example/docs',
    baseUrl: `${server.url}/v1`,
    auth,
    quota: [{ requests: 10, per: 'minute' }],
    freshFor: { host: { found: '1h', notFound: '5m' } },
    lookups: {
      host: lookup({
        input: z.string().max(64),
        request: (name) => ({ path: path`/hosts/${name}` }),
        answer: Host,
        found: ({ name, owner }) => (owner === null ? undefined : { name, owner }),
        notFound: { status: 404, answer: z.object({ error: z.literal('unknown_host') }) },
      }),
    },
    effects: {
      note: effect({
        once: 'by marker',
        finding: 'cheap',
        timeoutMs: 5000,
        input: z.object({ text: z.string().min(1).max(1000) }),
        request: ({ text }, { marker }) => ({ path: '/notes', body: { text, marker } }),
        answer: Note,
        made: ({ id }) => ({ id }),
        find: {
          request: (_, { marker }) => ({ path: '/notes', query: { marker } }),
          answer: z.array(Note),
          found: ([note]) => (note === undefined ? undefined : { id: note.id }),
        },
      }),
    },
    probe: { path: '/me' },
  })
  return { server, notes, definition, ...definition.connect() }
}

test('finds what the answer says, in the shape that the look-up gives it', async (t) => {
  const { server, lookups } = await inventory(t)

  const answer = await lookups.host('web-1', call())

  assert.deepEqual(answer, { kind: 'found', value: { name: 'web-1', owner: 'mlisa' } })
  assert.deepEqual(
    server.requests.map(({ method, path }) => [method, path]),
    [['GET', '/v1/hosts/web-1']],
  )
})

test('says not found by the vendor’s own status and body, and where the answer says that there is nothing', async (t) => {
  const { lookups } = await inventory(t)

  assert.deepEqual(await lookups.host('unknown', call()), { kind: 'not_found' })
  assert.deepEqual(await lookups.host('bare', call()), { kind: 'not_found' })
})

for (const name of ['proxy', 'moved'])
  test(`does not take the 404 of a wrong address for not found (${name})`, async (t) => {
    const { lookups } = await inventory(t)

    await assert.rejects(lookups.host(name, call()), ConnectorAnswerInvalid)
  })

test('names the fields of a misshapen answer and not their values', async (t) => {
  const { lookups } = await inventory(t)

  await assert.rejects(lookups.host('odd', call()), (error) => {
    assert.ok(error instanceof ConnectorAnswerInvalid)
    assert.match(error.message, /^Inventory: host: the answer is not as documented \(owner: /)
    assert.doesNotMatch(error.message, /13/)
    return true
  })
})

for (const [what, input] of [
  ['nothing', undefined],
  ['a number', 7],
  ['a list', ['web-1']],
  ['a name that is too long', 'a'.repeat(65)],
  ['a huge name', 'a'.repeat(10_000_000)],
] as const)
  test(`refuses ${what} before anything is sent, and does not quote it`, async (t) => {
    const { server, lookups } = await inventory(t)

    await assert.rejects(lookups.host(input as string, call()), (error) => {
      assert.ok(error instanceof ConnectorInputInvalid)
      assert.match(error.message, /^Inventory: host: the input: .{1,200}$/)
      return true
    })
    assert.equal(server.requests.length, 0)
  })

test('keeps a hostile value in its segment of the path', async (t) => {
  const { server, lookups } = await inventory(t)

  const answer = await lookups.host('../../admin?x=1', call())

  assert.deepEqual(answer, { kind: 'not_found' })
  assert.deepEqual([server.requests[0]?.path, server.requests[0]?.query], ['/v1/hosts/..%2F..%2Fadmin%3Fx%3D1', ''])
})

test('makes an effect with its marker and finds it again', async (t) => {
  const { notes, effects } = await inventory(t)

  const before = await effects.note.find?.({ text: 'seen' }, effectCall())
  const made = await effects.note.make({ text: 'seen' }, effectCall())
  const after = await effects.note.find?.({ text: 'seen' }, effectCall())

  assert.deepEqual([before, made, after], [{ kind: 'not_found' }, { id: 'n1' }, { kind: 'found', value: { id: 'n1' } }])
  assert.deepEqual(notes, [{ id: 'n1', marker: effectCall().marker, text: 'seen' }])
  assert.deepEqual(
    [effects.note.once, effects.note.finding, effects.note.timeoutMs, Object.keys(effects.note).toSorted()],
    ['by marker', 'cheap', 5000, ['find', 'finding', 'make', 'once', 'timeoutMs']],
  )
})

test('says that an effect whose answer got lost may have happened', async (t) => {
  const { server, notes, effects } = await inventory(t)
  server.misbehave({ lostAnswers: 1 })

  await assert.rejects(
    effects.note.make({ text: 'seen' }, effectCall()),
    (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened,
  )
  assert.equal(notes.length, 1)
})

test('does not make an effect of an input that is none', async (t) => {
  const { server, effects } = await inventory(t)

  await assert.rejects(effects.note.make({ text: '' }, effectCall()), ConnectorInputInvalid)
  assert.equal(server.requests.length, 0)
})

for (const [name, make, expected] of [
  ['bearer', bearer, { authorization: 'Bearer s3cret-value' }],
  ['header', (value) => header('x-key', value), { 'x-key': 's3cret-value' }],
  ['basic', (value) => basic('svc', value), { authorization: `Basic ${btoa('svc:s3cret-value')}` }],
] as const satisfies readonly (readonly [string, (value: ReturnType<typeof secret>) => HttpAuth, object])[])
  test(`says who asks, and hides the secret in each form (${name})`, async (t) => {
    const value = given(t, 's3cret-value')
    const { server, definition, probe } = await inventory(t, { auth: make(value) })

    await probe(call())

    const [sent] = server.requests
    assert.deepEqual({ ...sent?.headers, ...expected }, sent?.headers)
    assert.deepEqual(definition.secrets, [value])
    assert.doesNotMatch(maskSecrets(Object.values(expected).join()), /s3cret|czNjcmV0|c3ZjOnMz/)
  })

test('needs the user too where that is a secret', (t) => {
  const [user, password] = [given(t, 'svc-adder'), given(t, 's3cret-value')]

  assert.deepEqual(basic(user, password).secrets, [user, password])
  assert.deepEqual(basic(user, password).headers(), { authorization: `Basic ${btoa('svc-adder:s3cret-value')}` })
})

test('throws what the probe is refused with, and shows no secret', async (t) => {
  const server = await httpStandIn({
    routes: { 'GET /me': ({ headers }) => ({ status: 401, text: `wrong: ${headers.authorization}` }) },
  })
  t.after(() => server.close())
  const auth = bearer(given(t, 's3cret-value'))
  const options = { integration: 'acme', title: 'Acme', docs: 'https://acme.example', baseUrl: server.url, auth }
  const { probe } = connector({ ...options, lookups: {}, effects: {}, probe: { path: '/me' } }).connect()

  await assert.rejects(probe(call()), (error) => {
    assert.ok(error instanceof ConnectorRefused && error.status === 401)
    assert.doesNotMatch(inspect(error, { depth: 10 }), /s3cret/)
    return true
  })
})

test('is refused with a quota that is none, and with an address that would show its secret', () => {
  const options = {
    integration: 'acme',
    title: 'Acme',
    docs: 'https://acme.example',
    auth: 'none',
    lookups: {},
    effects: {},
    probe: { path: '/' },
  } as const

  assert.throws(
    () => connector({ ...options, baseUrl: 'https://acme.example', quota: [{ requests: 0, per: 'day' }] }),
    ConfigError,
  )
  assert.throws(() => connector({ ...options, baseUrl: 'http://acme.example' }).connect(), ConfigError)
})

test('signs each request as it is sent', async (t) => {
  const server = await httpStandIn({ routes: { 'POST /v1/hosts/:name': () => ({ json: {} }) } })
  t.after(() => server.close())
  const auth: HttpAuth = {
    secrets: [],
    headers: () => ({ 'x-key': 'k1' }),
    sign: async (request) => ({ 'x-signature': JSON.stringify(request) }),
  }
  const options = { integration: 'acme', title: 'Acme', docs: 'https://acme.example', probe: { path: '/me' } }
  const isolate = effect({
    once: 'at least once',
    input: z.object({ name: z.string() }),
    request: ({ name }) => ({ path: path`/hosts/${name}`, query: { force: 1 }, body: { why: 'ü' } }),
    answer: z.unknown(),
    made: () => undefined,
  })
  const { effects } = connector({
    ...options,
    baseUrl: `${server.url}/v1`,
    auth,
    lookups: {},
    effects: { isolate },
  }).connect()

  await effects.isolate.make({ name: 'a/b' }, effectCall())

  const [sent] = server.requests
  assert.equal(sent?.headers['x-key'], 'k1')
  assert.deepEqual(JSON.parse(String(sent?.headers['x-signature'])), {
    method: 'POST',
    url: `${server.url}/v1/hosts/a%2Fb?force=1`,
    headers: {},
    body: '{"why":"ü"}',
  })
})

test('names the options that there are not, and those that are missing', () => {
  const misspelt: object = { integration: 'inventory', title: 'Inventory', baseURL: 'https://inventory.example' }

  assert.throws(
    () => connector(misspelt as Parameters<typeof connector>[0]), // what the compiler would have refused
    (error: unknown) => {
      assert.ok(error instanceof ConfigError)
      assert.deepEqual(
        error.faults.map(({ at }) => at),
        ['baseURL', 'docs', 'baseUrl', 'auth', 'lookups', 'effects', 'probe'].map(
          (each) => `http.connector({ ${each} })`,
        ),
      )
      assert.match(error.message, /did you mean baseUrl\?/)
      return true
    },
  )
})
