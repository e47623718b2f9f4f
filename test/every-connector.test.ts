import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import type { Lookups } from '../src/connectors/connector.ts'
import { attempt, type Tried } from '../src/engine/attempts.ts'
import { root } from './support/adder-process.ts'
import { effectsPage } from './support/effects-page.ts'
import { everyConnector } from './support/every-connector.ts'

const connectors = everyConnector()
const definitions = connectors.map(({ definition }) => definition)
const lookups = connectors.flatMap(({ definition: { integration, connect }, protocol, inputs }) =>
  Object.keys(connect().lookups).map((lookup) => ({
    name: `${integration}.${lookup}`,
    integration,
    lookup,
    protocol,
    input: inputs[lookup],
    hasInput: Object.hasOwn(inputs, lookup),
  })),
)
const effects = definitions.flatMap((definition) =>
  Object.entries(definition.connect().effects).map(([name, effect]) => ({
    name: `${definition.integration}.${name}`,
    effect,
  })),
)

describe('every connector', () => {
  test('of an integration is among those that are looked at here', () => {
    const folders = globSync('src/integrations/*/{connector,ticketing}.ts', { cwd: root }).map((file) =>
      path.basename(path.dirname(file)),
    )

    assert.deepEqual(definitions.map(({ integration }) => integration).toSorted(), folders.toSorted())
  })

  test('has its effects in docs/effects.md; `npm run docs` writes the page', (t) => {
    t.assert.fileSnapshot(effectsPage(definitions), path.join(root, 'docs/effects.md'), {
      serializers: [(page: string) => page],
    })
  })

  for (const { integration, docs } of definitions)
    test(`names the vendor's documentation that it was built from: ${integration}`, () => {
      assert.equal(URL.parse(docs)?.protocol, 'https:')
    })
})

describe('every look-up', () => {
  for (const { name, hasInput } of lookups)
    test(`has an input here that it is asked with: ${name}`, () => {
      assert.ok(hasInput, `inputs of test/support/every-connector.ts lack ${name}`)
    })

  for (const { name, input, ...asked } of lookups)
    for (const [place, huge] of withHugeTexts(input))
      test(`sends nothing huge: ${name}, ${place} of a megabyte`, async (t) => {
        const { url, seen } = await answering(t, (_, response) => response.end('{}'))

        const { tried, shown } = await tryOnce(t, { ...asked, url, input: huge })

        // What is not refused has to be left out of the request, which has to have arrived.
        const isRefused = tried.kind === 'refused' && tried.code === 'connector.input_invalid'
        assert.ok(isRefused || (seen.requests > 0 && seen.largest < 10_000), JSON.stringify(tried).slice(0, 500))
        assert.ok(shown.length < 10_000)
      })
})

interface IllAnswer {
  what: string
  answer(request: IncomingMessage, response: ServerResponse): void
  /** The code of a look-up that failed; `rate_limited` is an outcome of its own. */
  code: 'connector.refused' | 'connector.unavailable' | 'connector.answer_invalid' | 'connector.rate_limited'
  /** Whether the outside system says when it may be asked again. */
  saysWhen?: boolean
  timeoutMs?: number
}

const illAnswers: readonly IllAnswer[] = [
  { what: '401', answer: refusing(401), code: 'connector.refused' },
  { what: '403', answer: refusing(403), code: 'connector.refused' },
  { what: '500', answer: refusing(500), code: 'connector.unavailable' },
  { what: '503 with Retry-After', answer: refusing(503, 120), code: 'connector.unavailable', saysWhen: true },
  { what: '429', answer: refusing(429), code: 'connector.rate_limited' },
  { what: '429 with Retry-After', answer: refusing(429, 120), code: 'connector.rate_limited', saysWhen: true },
  { what: 'a redirect to another host', answer: redirecting, code: 'connector.refused' },
  { what: 'nothing in time', answer: () => undefined, code: 'connector.unavailable', timeoutMs: 100 },
  { what: 'half an answer', answer: cutting, code: 'connector.unavailable' },
  { what: 'a page instead of JSON', answer: giving('<h1>Sign in</h1>'), code: 'connector.answer_invalid' },
  { what: 'an object without the fields', answer: giving('{}'), code: 'connector.answer_invalid' },
]

describe('every look-up over HTTP', () => {
  for (const { name, protocol, ...asked } of lookups.filter(({ protocol }) => protocol === 'http'))
    for (const { what, answer, code, saysWhen, timeoutMs = 5000 } of illAnswers)
      test(`never says found, and shows no secret, when it is answered ${what}: ${name}`, async (t) => {
        const { url, seen } = await answering(t, answer)

        const { tried, shown } = await tryOnce(t, { ...asked, url, timeoutMs })

        assert.ok(tried.kind === 'again' || tried.kind === 'refused', JSON.stringify(tried))
        const { isQuota = false, until } = tried.kind === 'again' ? tried : {}
        assert.deepEqual([tried.code, isQuota], [code, code === 'connector.rate_limited'])
        if (saysWhen) assert.ok(Date.parse(until ?? '') > Date.now() + 100_000)
        assert.ok(seen.requests > 0)
        assert.ok(seen.secrets.length > 0)
        for (const secret of seen.secrets) assert.ok(!shown.includes(secret))
      })
})

describe('every effect', () => {
  for (const { name, effect } of effects) {
    test(`says how it is made once: ${name}`, () => {
      assert.ok(['by key', 'by marker', 'by state', 'at least once'].includes(effect.once))
    })

    test(`can be found by what it says of itself: ${name}`, () => {
      const isFound = effect.find !== undefined

      assert.equal(isFound, effect.once === 'by marker' || effect.once === 'by state')
      assert.equal(isFound, effect.finding !== undefined)
    })

    test(`has a time-out that leaves time for a look within the minute of a step: ${name}`, () => {
      assert.ok((effect.timeoutMs ?? 20_000) <= 50_000)
    })
  }
})

interface Asked {
  integration: string
  lookup: string
  input: unknown
  url: string
  timeoutMs?: number
}

/**
 * One attempt at a look-up of a connector that asks at this address, with secrets in the environment: what it came to,
 * and the error that was thrown with all that it holds.
 */
async function tryOnce(t: TestContext, { integration, lookup, input, url, timeoutMs = 5000 }: Asked) {
  const definition = everyConnector(url).find(({ definition }) => definition.integration === integration)?.definition
  assert.ok(definition)
  for (const { name } of definition.secrets) {
    process.env[name] = newSecret()
    t.after(() => delete process.env[name])
  }
  const connected = definition.connect()
  t.after(() => connected.close())
  const ask = (connected.lookups as Lookups)[lookup]
  assert.ok(ask)
  let shown = ''
  const asking = async (signal: AbortSignal) => {
    try {
      return await ask(input, { signal })
    } catch (error) {
      shown = inspect(error, { depth: 10 })
      throw error
    }
  }
  const tried: Tried<unknown> = await attempt(asking, { timeoutMs, isWrite: false })
  return { tried, shown }
}

/** A server that answers whatever it is asked like this, and has seen how much was asked and with which secrets. */
async function answering(t: TestContext, answer: IllAnswer['answer']) {
  const seen = { requests: 0, largest: 0, secrets: [] as string[] }
  const server = createServer(async (request, response) => {
    let bytes = request.url?.length ?? 0
    for await (const chunk of request) bytes += chunk.length
    seen.requests += 1
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
function refusing(status: number, retryAfterSeconds?: number): IllAnswer['answer'] {
  return ({ headers }, response) => {
    if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds)
    response.writeHead(status).end(JSON.stringify({ headers }))
  }
}

function giving(text: string): IllAnswer['answer'] {
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
  return Object.entries(input).flatMap(([name, value]) =>
    withHugeTexts(value, name).map(([place, huge]): [string, unknown] => [place, { ...input, [name]: huge }]),
  )
}
