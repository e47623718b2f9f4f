import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { secret } from '../secrets/secret.ts'
import { open } from './auth.ts'
import { createServer, type ServerOptions } from './create-server.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { json, nested } from './fields.ts'
import { createLog } from './log.ts'
import type { After, Before } from './plugin.ts'
import { Problem } from './problem.ts'
import { rateLimit } from './rate-limit.ts'
import { redact } from './redact.ts'
import { token } from './token.ts'

process.env.TEST_PLUGIN_TOKEN_A = 'plugin-token-a-0123'
process.env.TEST_PLUGIN_TOKEN_B = 'plugin-token-b-0123'
const tokens = [
  { name: 'a', secret: secret('TEST_PLUGIN_TOKEN_A'), scopes: [] },
  { name: 'b', secret: secret('TEST_PLUGIN_TOKEN_B'), scopes: [] },
]

interface Plugins {
  before?: Before[]
  after?: After[]
}

function echo({ before = [], after = [] }: Plugins, path = '/echo'): Endpoint {
  return endpoint({
    method: 'POST',
    path,
    summary: '',
    auth: open(),
    body: nested({ text: json() }),
    output: z.object({ text: json() }),
    before,
    after,
    run: ({ body }) => body,
  })
}

function serve(endpoints: Endpoint[], options: Partial<ServerOptions> = {}) {
  const log = createLog({ destination: { write: () => undefined } })
  return createServer({ endpoints, tokens, log, ...options })
}

test('runs plugins in order, the server’s outside the endpoint’s', async () => {
  const order: string[] = []
  const before = (name: string) => () => void order.push(`before ${name}`)
  const after = (name: string) => () => void order.push(`after ${name}`)
  const server = serve(
    [echo({ before: [before('endpoint 1'), before('endpoint 2')], after: [after('endpoint 1'), after('endpoint 2')] })],
    {
      before: [{ name: 'early', beforeBody: before('the body') }, before('all')],
      after: [{ name: 'late', after: after('all') }],
    },
  )

  await server.inject({ method: 'POST', url: '/echo', payload: { text: 'a' } })

  assert.deepEqual(order, [
    'before the body',
    'before all',
    'before endpoint 1',
    'before endpoint 2',
    'after endpoint 1',
    'after endpoint 2',
    'after all',
  ])
})

test('shows plugins the whole request, and lets them replace the result', async () => {
  const seen: unknown[] = []
  const before: Before = ({ params, body, headers, method, route, rawQuery }) => {
    seen.push({ params, body, method, route, rawQuery: { ...rawQuery }, header: headers['x-one'] })
  }
  const after: After = async (body, { id }) => ({ wrapped: body, id })
  const server = serve([echo({ before: [before], after: [after] })])

  const response = await server.inject({
    method: 'POST',
    url: '/echo?q=1',
    headers: { 'x-one': '1' },
    payload: { text: 'a' },
  })

  assert.deepEqual(seen, [
    { params: {}, body: { text: 'a' }, method: 'POST', route: '/echo', rawQuery: { q: '1' }, header: '1' },
  ])
  assert.deepEqual(response.json(), { wrapped: { text: 'a' }, id: response.headers['x-request-id'] })
})

test('lets after-plugins read and set the status and the headers of the answer', async () => {
  const seen: unknown[] = []
  const first: After = (_body, _request, response) => {
    seen.push(response.status, response.headers['content-type'])
    response.status = 202
    response.setHeader('x-cost', '7')
  }
  const second: After = (_body, _request, { status, headers }) => void seen.push(status, headers['x-cost'])

  const answer = await serve([echo({ after: [first, second] })]).inject({
    method: 'POST',
    url: '/echo',
    payload: { text: 'a' },
  })

  assert.deepEqual(seen, [200, 'application/json; charset=utf-8', 202, '7'])
  assert.deepEqual([answer.statusCode, answer.headers['x-cost'], answer.json()], [202, '7', { text: 'a' }])
})

test('answers a status that is none, set by a plugin, as an internal error', async () => {
  const broken: After = (_body, _request, response) => {
    response.status = 42
  }

  const answer = await serve([echo({ after: [broken] })]).inject({
    method: 'POST',
    url: '/echo',
    payload: { text: 'a' },
  })

  assert.deepEqual([answer.statusCode, answer.json().code], [500, 'endpoint.internal'])
})

const throwers: [where: string, plugins: Plugins][] = [
  ['before the body', { before: [{ name: 'x', beforeBody: () => Promise.reject(new Error('data')) }] }],
  ['before the run', { before: [() => Promise.reject(new Error('data'))] }],
  [
    'after it',
    {
      after: [
        () => {
          throw new Error('data')
        },
      ],
    },
  ],
]

for (const [where, plugins] of throwers) {
  test(`sends no data when a plugin throws ${where}`, async () => {
    const response = await serve([echo(plugins)]).inject({ method: 'POST', url: '/echo', payload: { text: 'data' } })

    assert.equal(response.statusCode, 500)
    assert.doesNotMatch(response.body, /data/)
  })
}

test('ends the request with the problem that a plugin throws, without running the endpoint', async () => {
  let runs = 0
  const closed: Before = () => {
    throw new Problem({ status: 403, code: 'office.closed', detail: 'Come back at nine.' })
  }
  const counted = endpoint({
    method: 'GET',
    path: '/',
    summary: '',
    auth: open(),
    before: [closed],
    run: () => void runs++,
  })

  const response = await serve([counted]).inject('/')

  assert.deepEqual([response.statusCode, response.json().code, runs], [403, 'office.closed', 0])
})

test('redacts values of the result at any depth', async () => {
  const rules = redact('payment-card', 'us-ssn', { name: 'employee', pattern: /E-\d+/ })
  const server = serve([echo({ after: [rules] })])
  const text = [{ '4111111111111111': 'pays 4111-1111-1111-1111', who: ['078-05-1120', 'E-77'], ms: 1700000000000 }]

  const response = await server.inject({ method: 'POST', url: '/echo', payload: { text } })

  assert.deepEqual(response.json().text, [
    {
      '4111111111111111': 'pays [redacted payment-card]',
      who: ['[redacted us-ssn]', '[redacted employee]'],
      ms: 1700000000000,
    },
  ])
})

test('answers 429 with Retry-After beyond the limit, for each caller apart', async () => {
  const limited = endpoint({
    method: 'GET',
    path: '/limited',
    summary: '',
    auth: token(),
    before: [rateLimit({ max: 2, per: 60 })],
    run: () => {},
  })
  const server = serve([limited])
  const askAs = (name: string) =>
    server.inject({ url: '/limited', headers: { authorization: `Bearer plugin-token-${name}-0123` } })

  const statuses: number[] = []
  for (const name of ['a', 'a', 'b', 'a']) statuses.push((await askAs(name)).statusCode)
  const refused = await askAs('a')

  assert.deepEqual(statuses, [204, 204, 204, 429])
  assert.equal(refused.json().code, 'endpoint.rate_limited')
  const seconds = Number(refused.headers['retry-after'])
  assert.ok(seconds > 0 && seconds <= 60)
})

test('answers again once the window has passed', async (context) => {
  context.mock.timers.enable({ apis: ['Date'] })
  const server = serve([echo({ before: [rateLimit({ max: 1, per: 2 })] })])
  const ask = async () => (await server.inject({ method: 'POST', url: '/echo', payload: { text: 'a' } })).statusCode

  const statuses = [await ask(), await ask()]
  context.mock.timers.tick(2001)
  statuses.push(await ask())

  assert.deepEqual(statuses, [200, 429, 200])
})

test('limits by address where nobody is named, by network for IPv6, and before the body is checked', async () => {
  const server = serve([echo({ before: [rateLimit({ max: 1, per: 60 })] })])
  const askFrom = async (remoteAddress: string) =>
    (await server.inject({ method: 'POST', url: '/echo', payload: { wrong: 1 }, remoteAddress })).statusCode

  const statuses: number[] = []
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1', '2001:db8::1', '2001:db8::2'])
    statuses.push(await askFrom(address))

  assert.deepEqual(statuses, [400, 400, 429, 400, 429])
})

test('shares a limit between endpoints that are given the same plugin, and not otherwise', async () => {
  const shared = rateLimit({ max: 1, per: 60 })
  const server = serve([
    echo({ before: [shared] }, '/one'),
    echo({ before: [shared] }, '/two'),
    echo({ before: [rateLimit({ max: 1, per: 60 })] }, '/three'),
  ])

  const statuses: number[] = []
  for (const url of ['/one', '/two', '/three'])
    statuses.push((await server.inject({ method: 'POST', url, payload: { text: 'a' } })).statusCode)

  assert.deepEqual(statuses, [200, 429, 200])
})

test('leaves a result alone when an after-plugin gives nothing', async () => {
  const looks: After = () => undefined
  const server = serve([echo({ after: [looks] })])

  const response = await server.inject({ method: 'POST', url: '/echo', payload: { text: null } })

  assert.deepEqual(response.json(), { text: null })
})

test('answers /health whatever the server’s plugins do', async () => {
  const refuse: Before = () => {
    throw new Problem({ status: 403, code: 'office.closed', detail: 'Come back at nine.' })
  }
  const server = serve([echo({})], { before: [refuse] })

  const [health, other] = [
    await server.inject('/health'),
    await server.inject({ method: 'POST', url: '/echo', payload: { text: 'a' } }),
  ]

  assert.deepEqual([health.statusCode, other.statusCode], [200, 403])
})
