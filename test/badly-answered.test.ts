import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { attempt } from '../src/engine/attempts.ts'
import { type EveryOperation, everyConnector, everyOperation } from './support/every-connector.ts'

const overHttp = everyOperation.filter(({ protocol }) => protocol === 'http')
const lookups = everyOperation.filter(({ kind }) => kind === 'look-up')

type Answer = (request: IncomingMessage, response: ServerResponse) => void

interface BadAnswer {
  what: string
  answer: Answer
  /** The code of the error that it is. `connector.rate_limited` is an outcome of its own, the others are `failed`. */
  code: 'connector.refused' | 'connector.unavailable' | 'connector.answer_invalid' | 'connector.rate_limited'
  /** Whether it says when to ask again. */
  saysWhen?: boolean
  timeoutMs?: number
}

const badAnswers: readonly BadAnswer[] = [
  { what: '401', answer: refusing(401), code: 'connector.refused' },
  { what: '403', answer: refusing(403), code: 'connector.refused' },
  { what: '429', answer: refusing(429), code: 'connector.rate_limited' },
  { what: '429 with Retry-After', answer: refusing(429, 120), code: 'connector.rate_limited', saysWhen: true },
  { what: 'a redirect to another host', answer: redirecting, code: 'connector.refused' },
  { what: '500', answer: refusing(500), code: 'connector.unavailable' },
  { what: '503 with Retry-After', answer: refusing(503, 120), code: 'connector.unavailable', saysWhen: true },
  { what: 'nothing in time', answer: () => undefined, code: 'connector.unavailable', timeoutMs: 300 },
  { what: 'half an answer', answer: cutting, code: 'connector.unavailable' },
  { what: 'a page instead of JSON', answer: giving('<h1>Sign in</h1>'), code: 'connector.answer_invalid' },
]
const withoutFields: BadAnswer = {
  what: 'an object without the fields',
  answer: giving('{}'),
  code: 'connector.answer_invalid',
}

describe('a look-up', () => {
  for (const operation of overHttp.filter(({ kind }) => kind === 'look-up'))
    for (const { what, answer, code, saysWhen, timeoutMs } of [...badAnswers, withoutFields])
      test(`never says that it found something, and shows no secret: ${operation.name} answered ${what}`, async (t) => {
        const { url, seen } = await answering(t, answer)

        const { tried, shown } = await tryOnce(t, operation, { url, timeoutMs })

        assert.ok(tried.kind === 'again' || tried.kind === 'refused', inspect(tried))
        const { isQuota = false, until } = tried.kind === 'again' ? tried : {}
        assert.deepEqual([tried.code, isQuota], [code, code === 'connector.rate_limited'])
        if (saysWhen) assert.ok(Date.parse(until ?? '') > Date.now() + 100_000)
        assertHidden(seen, shown)
      })

  for (const operation of lookups)
    for (const [place, input] of withHugeTexts(operation.input))
      test(`sends nothing huge: ${operation.name}, ${place} of a megabyte`, async (t) => {
        const { url, seen } = await answering(t, giving('{}'))

        const { tried, shown } = await tryOnce(t, { ...operation, input }, { url })

        // What is not refused has to be left out of the request, which has to have arrived.
        const isRefused = tried.kind === 'refused' && tried.code === 'connector.input_invalid'
        assert.ok(isRefused || (seen.methods.length > 0 && seen.largest < 10_000), inspect(tried))
        assert.ok(shown.length < 10_000)
      })
})

describe('an effect', () => {
  for (const operation of overHttp.filter(({ kind }) => kind === 'effect'))
    for (const { what, answer, code, timeoutMs } of badAnswers)
      test(`never says that it was made, and shows no secret: ${operation.name} answered ${what}`, async (t) => {
        const { url, seen } = await answering(t, answer)

        const { tried, shown } = await tryOnce(t, operation, { url, timeoutMs })

        assert.ok(tried.kind !== 'done', inspect(tried))
        assert.equal(tried.code, code)
        // A write that was refused was not made; one that failed in any other way may have been.
        const isInDoubt = code === 'connector.unavailable' || code === 'connector.answer_invalid'
        if (seen.methods.some((method) => method !== 'GET')) assert.equal(tried.kind === 'unsure', isInDoubt)
        assertHidden(seen, shown)
      })

  for (const operation of overHttp.filter(({ kind }) => kind === 'effect'))
    for (const [place, input] of withHugeTexts(operation.input))
      test(`refuses or cuts what is huge: ${operation.name}, ${place} of a megabyte`, async (t) => {
        const { url, seen } = await answering(t, giving('{}'))

        const { tried, shown } = await tryOnce(t, { ...operation, input }, { url })

        const isRefused = tried.kind === 'refused' && seen.methods.length === 0
        assert.ok(isRefused || (seen.methods.length > 0 && seen.largest < 200_000), inspect({ tried, seen }))
        assert.ok(shown.length < 10_000)
      })
})

/** One attempt of a connector that asks at this address: what it came to, and the error that it threw, with all in it. */
async function tryOnce(
  t: TestContext,
  { title, operation, kind, input }: EveryOperation,
  { url, timeoutMs = 5000 }: { url: string; timeoutMs?: number | undefined },
) {
  const definition = everyConnector(url).find(({ definition }) => definition.title === title)?.definition
  assert.ok(definition)
  for (const { name } of definition.secrets) {
    process.env[name] = newSecret()
    t.after(() => delete process.env[name])
  }
  const { lookups, effects, close } = definition.connect()
  t.after(close)
  const ask = kind === 'look-up' ? lookups[operation] : effects[operation]?.make
  assert.ok(ask)

  let shown = ''
  const asking = async (signal: AbortSignal): Promise<unknown> => {
    try {
      return await ask(input, { signal, marker: `adder-${'0'.repeat(24)}`, intendedAt: '2026-11-02T10:00:00Z' })
    } catch (error) {
      shown = inspect(error, { depth: 10 })
      throw error
    }
  }
  const tried = await attempt(asking, { timeoutMs, isWrite: kind === 'effect' })
  return { tried, shown }
}

/** What a server has seen of those that asked it. */
interface Seen {
  methods: string[]
  /** The bytes of the largest request, without its headers. */
  largest: number
  secrets: string[]
}

/** A server that answers whatever it is asked like this. */
async function answering(t: TestContext, answer: Answer): Promise<{ url: string; seen: Seen }> {
  const seen: Seen = { methods: [], largest: 0, secrets: [] }
  const server = createServer(async (request, response) => {
    let bytes = request.url?.length ?? 0
    for await (const chunk of request) bytes += chunk.length
    seen.methods.push(request.method ?? '')
    seen.largest = Math.max(seen.largest, bytes)
    seen.secrets.push(...secretsOf(request))
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen } // a TCP server's address is one
}

function assertHidden({ secrets }: Seen, shown: string): void {
  assert.ok(secrets.length > 0)
  for (const secret of secrets) assert.ok(!shown.includes(secret))
}

/** In the form of tokens that say whose they are, which a connector may read. */
function newSecret(): string {
  return `1-27-${randomBytes(16).toString('hex')}`
}

/** Values of the headers that hold a secret, plain or in base64. */
function secretsOf({ headers }: IncomingMessage): string[] {
  return Object.values(headers)
    .flatMap((value) => String(value).split(' '))
    .filter((value) => [value, Buffer.from(value, 'base64').toString()].some((text) => /1-27-[0-9a-f]{32}/.test(text)))
}

/** Refuses, and shows all headers that it was sent, as a careless vendor does. */
function refusing(status: number, retryAfterSeconds?: number): Answer {
  return ({ headers }, response) => {
    if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds)
    response.writeHead(status).end(JSON.stringify({ headers }))
  }
}

function giving(text: string): Answer {
  return (_, response) => response.end(text)
}

function redirecting(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(307, { location: 'http://elsewhere.invalid/' }).end()
}

function cutting(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 1000 }).write('{"data":', () => response.destroy())
}

/** The input with each of its texts in turn grown to a megabyte, and where that text stands. */
function withHugeTexts(input: unknown, at = 'the input'): [place: string, input: unknown][] {
  if (typeof input === 'string') return [[at, 'a'.repeat(1024 * 1024)]]
  if (typeof input !== 'object' || input === null) return []
  if (Array.isArray(input))
    return input.flatMap((value, index) =>
      withHugeTexts(value, at).map(([place, huge]): [string, unknown] => [place, input.with(index, huge)]),
    )
  // Which kind of block a piece of a document is, is no text from anywhere.
  const texts = Object.entries(input).filter(([name]) => name !== 'kind')
  return texts.flatMap(([name, value]) =>
    withHugeTexts(value, name).map(([place, huge]): [string, unknown] => [place, { ...input, [name]: huge }]),
  )
}
