import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { secretOf } from '../../../test/support/secret-of.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRateLimited,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { httpStandIn, type StandInAnswer } from '../../stand-ins/http-stand-in.ts'
import { connector, type VirusTotalOptions } from './connector.ts'
import { knownFiles, startVirusTotal, type VirusTotalStandInOptions } from './stand-in.ts'

const call = () => ({ signal: AbortSignal.timeout(5000) })
const { malicious, harmless, neverScanned } = knownFiles
const unknownMd5 = 'ffffffffffffffffffffffffffffffff'

function connect(t: TestContext, url: string, apiKey: string, plan: VirusTotalOptions['plan'] = 'premium') {
  return connector({ apiKey: secretOf(t, apiKey), plan, url }).connect()
}

async function virusTotal(
  t: TestContext,
  { plan, ...options }: VirusTotalStandInOptions & { plan?: VirusTotalOptions['plan'] } = {},
) {
  const standIn = await startVirusTotal(options)
  t.after(() => standIn.close())
  return { standIn, ...connect(t, standIn.url, standIn.apiKey, plan) }
}

/** A server that answers every look-up with this. */
async function answering(t: TestContext, answer: StandInAnswer, plan: VirusTotalOptions['plan'] = 'premium') {
  const server = await httpStandIn({ routes: { 'GET /api/v3/files/:hash': () => answer } })
  t.after(() => server.close())
  return connect(t, server.url, 'key-of-nobody', plan)
}

function vtError(status: number, code: string): StandInAnswer {
  return { status, json: { error: { code, message: 'told by the vendor' } } }
}

const attributes = {
  sha256: malicious.sha256,
  md5: malicious.md5,
  sha1: malicious.sha1,
  last_analysis_date: 1_793_534_400,
  last_analysis_stats: { malicious: 1, undetected: 2 },
}

for (const hash of ['md5', 'sha1', 'sha256'] as const)
  test(`finds the report of a malicious file by its ${hash}`, async (t) => {
    const { lookups } = await virusTotal(t)

    const answer = await lookups.file(malicious[hash].toUpperCase(), call())

    assert.deepEqual(answer, {
      kind: 'found',
      value: {
        sha256: malicious.sha256,
        md5: malicious.md5,
        sha1: malicious.sha1,
        name: 'eicar.com',
        type: 'Powershell',
        malicious: 48,
        suspicious: 0,
        undetected: 12,
        harmless: 0,
        engines: 60,
        positives: '48/60',
        lastAnalyzed: '2026-11-01T12:00:00.000Z',
        tags: [],
        url: `https://www.virustotal.com/gui/file/${malicious.sha256}`,
      },
    })
  })

test('tells a harmless file from one that was never scanned', async (t) => {
  const { lookups } = await virusTotal(t)

  const clean = await lookups.file(harmless.md5, call())
  const unscanned = await lookups.file(neverScanned.md5, call())

  assert.ok(clean.kind === 'found' && unscanned.kind === 'found')
  assert.equal(clean.value.positives, '0/60')
  assert.equal(unscanned.value.positives, 'never scanned')
  assert.equal(unscanned.value.lastAnalyzed, undefined)
})

test('does not call a file clean that no engine gave a verdict on', async (t) => {
  const stats = { malicious: 0, timeout: 70 }
  const { lookups } = await answering(t, {
    json: { data: { attributes: { ...attributes, last_analysis_stats: stats } } },
  })

  const answer = await lookups.file(malicious.md5, call())

  assert.ok(answer.kind === 'found')
  assert.equal(answer.value.positives, 'no verdict')
})

test('says not found for a file that VirusTotal does not know', async (t) => {
  const { lookups } = await virusTotal(t)

  const answer = await lookups.file(unknownMd5, call())

  assert.deepEqual(answer, { kind: 'not_found' })
})

for (const hash of ['', 'xyz', malicious.md5.slice(1), `${malicious.md5}0`, '../users/me', `${malicious.md5}\n`])
  test(`refuses ${JSON.stringify(hash)} as a hash before anything is sent`, async (t) => {
    const { standIn, lookups } = await virusTotal(t)

    await assert.rejects(lookups.file(hash, call()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

test('sends the key in its header and nowhere else', async (t) => {
  const { standIn, lookups } = await virusTotal(t)

  await lookups.file(malicious.md5, call())

  const [request] = standIn.requests
  assert.equal(request?.headers['x-apikey'], standIn.apiKey)
  assert.deepEqual([request?.method, request?.path, request?.query], ['GET', `/api/v3/files/${malicious.md5}`, ''])
})

test('is rate limited until Retry-After where VirusTotal sends one', async (t) => {
  const { standIn, lookups } = await virusTotal(t, { plan: 'public' })
  standIn.misbehave({ rateLimited: 1, retryAfterSeconds: 7200 })
  const before = Date.now()

  await assert.rejects(lookups.file(malicious.md5, call()), (error) => {
    assert.ok(error instanceof ConnectorRateLimited)
    assert.ok((error.until?.getTime() ?? 0) >= before + 7_200_000)
    return true
  })
})

for (const code of ['QuotaExceededError', 'TooManyRequestsError'])
  test(`is rate limited until the next full minute with the public plan (${code})`, async (t) => {
    const { lookups } = await answering(t, vtError(429, code), 'public')
    const before = Date.now()

    await assert.rejects(lookups.file(malicious.md5, call()), (error) => {
      assert.ok(error instanceof ConnectorRateLimited && error.until !== undefined)
      const until = error.until.getTime()
      assert.equal(until % 60_000, 0)
      assert.ok(until > before && until <= Date.now() + 60_000)
      return true
    })
  })

test('is rate limited until nobody knows when with the premium plan', async (t) => {
  const { lookups } = await answering(t, { status: 429, html: '<h1>Too many requests</h1>' })

  await assert.rejects(
    lookups.file(malicious.md5, call()),
    (error) => error instanceof ConnectorRateLimited && error.until === undefined,
  )
})

/** A server that refuses for quota while `isRefusing`, and knows no file. */
async function refusing(t: TestContext) {
  const quota = { isRefusing: true }
  const server = await httpStandIn({
    routes: {
      'GET /api/v3/files/:hash': () =>
        quota.isRefusing ? vtError(429, 'QuotaExceededError') : vtError(404, 'NotFoundError'),
    },
  })
  t.after(() => server.close())
  const { lookups } = connect(t, server.url, 'key-of-nobody', 'public')
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-02T10:00:10Z') })
  const untilAt = async (time: string): Promise<string | undefined> => {
    t.mock.timers.setTime(Date.parse(`2026-11-${time}Z`))
    const error = await lookups.file(malicious.md5, call()).catch((thrown: unknown) => thrown)
    return error instanceof ConnectorRateLimited ? error.until?.toISOString() : undefined
  }
  return { quota, untilAt }
}

test('is rate limited until 00:00 UTC by a public key that was refused for two further minutes', async (t) => {
  const { untilAt } = await refusing(t)

  assert.equal(await untilAt('02T10:00:10'), '2026-11-02T10:01:00.000Z')
  assert.equal(await untilAt('02T10:01:00'), '2026-11-02T10:02:00.000Z')
  assert.equal(await untilAt('02T10:02:00'), '2026-11-03T00:00:00.000Z')
  assert.equal(await untilAt('02T10:02:30'), '2026-11-03T00:00:00.000Z')
})

test('takes a refusal for the minute’s again once something was answered in between', async (t) => {
  const { quota, untilAt } = await refusing(t)
  for (const time of ['02T10:00:10', '02T10:01:00', '02T10:02:00']) await untilAt(time)

  quota.isRefusing = false
  await untilAt('03T00:00:00')
  quota.isRefusing = true

  assert.equal(await untilAt('03T00:00:20'), '2026-11-03T00:01:00.000Z')
})

test('takes no refusal for the day’s while another request is under way', async (t) => {
  const { untilAt } = await refusing(t)
  await untilAt('02T10:00:10')

  const both = await Promise.all([untilAt('02T10:09:00'), untilAt('02T10:09:00')])

  assert.deepEqual(both.toSorted(), ['2026-11-02T10:10:00.000Z', '2026-11-03T00:00:00.000Z'])
})

test('is refused the fifth request of a minute by a public key', async (t) => {
  const { lookups } = await virusTotal(t, { requestsPerMinute: 4, plan: 'public' })
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-02T10:00:10Z') })
  for (let asked = 0; asked < 4; asked += 1) await lookups.file(malicious.md5, call())

  await assert.rejects(
    lookups.file(malicious.md5, call()),
    (error) => error instanceof ConnectorRateLimited && error.until?.toISOString() === '2026-11-02T10:01:00.000Z',
  )
  t.mock.timers.setTime(Date.parse('2026-11-02T10:01:00Z'))
  const answer = await lookups.file(malicious.md5, call())

  assert.equal(answer.kind, 'found')
})

for (const [status, code] of [
  [401, 'WrongCredentialsError'],
  [401, 'UserNotActiveError'],
  [403, 'ForbiddenError'],
  [400, 'InvalidArgumentError'],
  [404, 'SomeOtherError'],
] as const)
  test(`is refused with ${status} ${code}`, async (t) => {
    const { lookups } = await answering(t, vtError(status, code))

    await assert.rejects(
      lookups.file(malicious.md5, call()),
      (error) => error instanceof ConnectorRefused && error.status === status && error.message.includes(code),
    )
  })

test('is refused with a wrong key, and does not show it', async (t) => {
  const { standIn } = await virusTotal(t)
  const { lookups, probe } = connect(t, standIn.url, 'not-the-right-key')

  for (const asked of [lookups.file(malicious.md5, call()), probe(call())])
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof ConnectorRefused && error.status === 401)
      assert.doesNotMatch(inspect(error, { depth: 10 }), /not-the-right-key/)
      return true
    })
})

for (const [status, code] of [
  [400, 'NotAvailableYet'],
  [503, 'TransientError'],
  [504, 'DeadlineExceededError'],
  [500, 'Anything'],
] as const)
  test(`can be asked again later after ${status} ${code}`, async (t) => {
    const { lookups } = await answering(t, vtError(status, code))

    await assert.rejects(
      lookups.file(malicious.md5, call()),
      (error) => error instanceof ConnectorUnavailable && !error.mayHaveHappened,
    )
  })

test('can be asked again after a time-out, a refused connection and a cut answer', async (t) => {
  const { standIn, lookups } = await virusTotal(t)
  standIn.misbehave({ slowMs: 2000 })
  await assert.rejects(lookups.file(malicious.md5, { signal: AbortSignal.timeout(50) }), ConnectorUnavailable)
  standIn.misbehave({ down: true })
  await assert.rejects(lookups.file(malicious.md5, call()), ConnectorUnavailable)
  const half = { headers: { 'content-length': '500' }, text: '{"data":' }
  const cut = await httpStandIn({ routes: { 'GET /api/v3/files/:hash': () => half } })
  const pending = connect(t, cut.url, 'key-of-nobody').lookups.file(malicious.md5, call())
  t.after(() => cut.close())

  const answered = assert.rejects(pending, ConnectorUnavailable)
  while (cut.requests[0]?.status === undefined) await new Promise((resolve) => setImmediate(resolve))
  await cut.close()

  await answered
})

for (const [what, answer] of [
  ['HTML', { html: '<h1>Sign in to the proxy</h1>' }],
  ['a 404 page', { status: 404, html: '<h1>Not found</h1>' }],
  ['nothing', {}],
  ['JSON of another shape', { json: { data: [] } }],
  ['a report without SHA-256', { json: { data: { attributes: { ...attributes, sha256: undefined } } } }],
  [
    'a report without statistics',
    { json: { data: { attributes: { ...attributes, last_analysis_stats: undefined } } } },
  ],
  ['the report of another file', { json: { data: { attributes: { ...attributes, md5: unknownMd5 } } } }],
] as const satisfies readonly (readonly [string, StandInAnswer])[])
  test(`takes ${what} for no answer`, async (t) => {
    const { lookups } = await answering(t, answer)

    await assert.rejects(lookups.file(malicious.md5, call()), ConnectorAnswerInvalid)
  })

test('probes with one request that only reads', async (t) => {
  const { standIn, probe } = await virusTotal(t)

  await probe(call())

  assert.deepEqual(
    standIn.requests.map(({ method, status }) => [method, status]),
    [['GET', 200]],
  )
})

test('refuses a plan that there is not, with which it would have no quota', (t) => {
  const options: object = { apiKey: secretOf(t, 'key'), plan: 'free' }

  assert.throws(() => connector(options as VirusTotalOptions), {
    code: 'config.invalid',
    message: /virusTotal\.connector\(\{ plan \}\): must be 'public' or 'premium'/,
  })
})
