import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { secretOf } from '../../../test/support/secret-of.ts'
import { ConnectorAnswerInvalid, ConnectorInputInvalid, ConnectorRateLimited } from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { connector } from './connector.ts'
import { type AbuseIpDbStandInOptions, startAbuseIpDb } from './stand-in.ts'

const call = () => ({ signal: AbortSignal.timeout(5000) })

function connect(t: TestContext, url: string, apiKey: string) {
  return connector({ apiKey: secretOf(t, apiKey), url }).connect()
}

async function abuseIpDb(t: TestContext, options: AbuseIpDbStandInOptions = {}) {
  const standIn = await startAbuseIpDb(options)
  t.after(() => standIn.close())
  return { standIn, ...connect(t, standIn.url, standIn.apiKey) }
}

test('finds what was reported of an address', async (t) => {
  const { lookups } = await abuseIpDb(t)

  const answer = await lookups.check({ ip: '144.48.243.18' }, call())

  assert.deepEqual(answer, {
    kind: 'found',
    value: {
      ip: '144.48.243.18',
      score: 100,
      reports: 3319,
      reporters: 830,
      lastReported: '2026-08-31T18:08:32.000Z',
      isWhitelisted: false,
      isTor: false,
      country: 'CN',
      usage: 'Data Center/Web Hosting/Transit',
      isp: 'Tencent Cloud Computing (Beijing) Co., Ltd',
      domain: 'tencentcloud.com',
      url: 'https://www.abuseipdb.com/check/144.48.243.18',
    },
  })
})

test('finds an address that nobody reported, with no reports and with nothing made up', async (t) => {
  const { lookups } = await abuseIpDb(t)

  const answer = await lookups.check({ ip: '2001:4860:4860::8888' }, call())

  assert.deepEqual(answer, {
    kind: 'found',
    value: {
      ip: '2001:4860:4860::8888',
      score: 0,
      reports: 0,
      reporters: 0,
      isTor: false,
      url: 'https://www.abuseipdb.com/check/2001%3A4860%3A4860%3A%3A8888',
    },
  })
})

test('sends the key in its header and nowhere else, and asks for reports of 30 days', async (t) => {
  const { standIn, lookups } = await abuseIpDb(t)

  await lookups.check({ ip: '118.25.6.39' }, call())
  await lookups.check({ ip: '118.25.6.39', maxAgeInDays: 365 }, call())

  assert.deepEqual(
    standIn.requests.map(({ method, path, query, headers }) => [method, path, query, headers.key]),
    [
      ['GET', '/api/v2/check', 'ipAddress=118.25.6.39&maxAgeInDays=30', standIn.apiKey],
      ['GET', '/api/v2/check', 'ipAddress=118.25.6.39&maxAgeInDays=365', standIn.apiKey],
    ],
  )
})

for (const ip of ['10.0.0.1', '192.168.1.1', '127.0.0.1', '169.254.169.254', 'fd00::1', '::ffff:10.0.0.1', 'x', ''])
  test(`does not send ${JSON.stringify(ip)}, which is no public address`, async (t) => {
    const { standIn, lookups } = await abuseIpDb(t)

    await assert.rejects(
      lookups.check({ ip }, call()),
      (error) =>
        error instanceof ConnectorInputInvalid && error.message === 'AbuseIPDB: check: ip: is no public IP address',
    )
    assert.equal(standIn.requests.length, 0)
  })

for (const maxAgeInDays of [0, 366, 1.5, Number.NaN])
  test(`does not ask for reports of ${maxAgeInDays} days`, async (t) => {
    const { standIn, lookups } = await abuseIpDb(t)

    await assert.rejects(
      lookups.check({ ip: '118.25.6.39', maxAgeInDays }, call()),
      (error) => error instanceof ConnectorInputInvalid && error.message.includes('maxAgeInDays: '),
    )
    assert.equal(standIn.requests.length, 0)
  })

test('is rate limited until the day ends after the last check of the day', async (t) => {
  const { lookups } = await abuseIpDb(t, { checksPerDay: 1 })
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-02T23:50:00Z') })
  await lookups.check({ ip: '118.25.6.39' }, call())

  await assert.rejects(
    lookups.check({ ip: '8.8.8.8' }, call()),
    (error) => error instanceof ConnectorRateLimited && error.until?.toISOString() === '2026-11-03T00:00:00.000Z',
  )
})

for (const [field, value] of [
  ['abuseConfidenceScore', 101],
  ['abuseConfidenceScore', undefined],
  ['totalReports', '3'],
  ['lastReportedAt', 'yesterday'],
] as const)
  test(`takes a report with ${field} ${value} for no answer`, async (t) => {
    const data = { ipAddress: '8.8.8.8', abuseConfidenceScore: 0, totalReports: 0, numDistinctUsers: 0, [field]: value }
    const server = await httpStandIn({ routes: { 'GET /api/v2/check': () => ({ json: { data } }) } })
    t.after(() => server.close())
    const { lookups } = connect(t, server.url, 'key-of-nobody')

    await assert.rejects(
      lookups.check({ ip: '8.8.8.8' }, call()),
      (error) => error instanceof ConnectorAnswerInvalid && error.message.includes(`(data.${field}: `),
    )
  })

test('says that it is outside, so that nobody there is told of what is one’s own', async (t) => {
  const { isOutside } = await abuseIpDb(t)

  assert.equal(isOutside, true)
})

test('probes with one request that only reads', async (t) => {
  const { standIn, probe } = await abuseIpDb(t)

  await probe(call())

  assert.deepEqual(
    standIn.requests.map(({ method, status }) => [method, status]),
    [['GET', 200]],
  )
})
