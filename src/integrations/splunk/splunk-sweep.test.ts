import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorAnswerInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import type { Listed } from '../../intake/sweep.ts'
import { ListedIsGone } from '../../intake/sweep-errors.ts'
import { Secret, secret } from '../../secrets/secret.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { WebhookBody } from './schema.ts'
import { splunkAlert, splunkAlertIdentity } from './splunk-alert.ts'
import { type SplunkSweepOptions, splunkSweep } from './splunk-sweep.ts'
import { type SplunkStandInOptions, startSplunk } from './stand-in.ts'

const token = secret('ADDER_TEST_SPLUNK_API')
before(() => {
  process.env.ADDER_TEST_SPLUNK_API = 'stand-in-token'
})
after(() => delete process.env.ADDER_TEST_SPLUNK_API)

const md5 = '44d88612fea8a8f36de82e1278abb02f'
const call = () => ({ signal: AbortSignal.timeout(10_000) })
const longAgo = new Date('2020-01-01T00:00:00Z')

/** A Splunk whose webhook nobody takes. */
async function splunkAlone(
  t: TestContext,
  { standIn = {}, sweep = {} }: { standIn?: Partial<SplunkStandInOptions>; sweep?: Partial<SplunkSweepOptions> } = {},
) {
  const splunk = await startSplunk({ webhookUrl: 'http://127.0.0.1:9/', ...standIn })
  t.after(() => splunk.close())
  const { now, list } = splunkSweep('splunk', { url: splunk.url, token, ...sweep }).connect()
  return { splunk, now: () => now(call), list: (since = longAgo) => list(since, call) }
}

async function pagesOf({ read }: Listed<WebhookBody>): Promise<(readonly WebhookBody[])[]> {
  const pages: (readonly WebhookBody[])[] = []
  for await (const page of read(call)) pages.push(page)
  return pages
}

async function read(alert: Listed<WebhookBody>): Promise<WebhookBody[]> {
  return (await pagesOf(alert)).flat()
}

function identityOf(body: unknown): string {
  return splunkAlertIdentity(splunkAlert(WebhookBody.parse(body))).join(' ')
}

describe("the sweep of Splunk's alerts", () => {
  test('lists an alert once for all its rows, and reads what the webhook said of each', async (t) => {
    const { splunk, list } = await splunkAlone(t, { sweep: { web: 'https://splunk.acme.example:8000' } })
    for (const user of ['mlisa', 'jvermeer'])
      splunk.addLog({ user, md5, fields: { note: '', groups: ['staff', 'vpn'], only: ['one'] } })
    const calls = await splunk.runNow()

    const [alert, ...more] = await list()

    assert.ok(alert)
    assert.deepEqual(more, [])
    const bodies = await read(alert)
    assert.deepEqual(
      bodies.map(identityOf),
      calls.map(({ body }) => identityOf(body)),
    )
    const { sid, search_name, app, owner, results_link } = bodies[0] ?? assert.fail()
    assert.deepEqual([sid, search_name, app, owner], [calls[0]?.body.sid, 'MockScan Alert', 'search', 'admin'])
    assert.equal(results_link, `https://splunk.acme.example:8000/app/search/@go?sid=${sid}`)
  })

  test('reads the first row of an alert that fires once, as its webhook carries it', async (t) => {
    const { splunk, list } = await splunkAlone(t, { standIn: { trigger: 'once' } })
    for (const user of ['mlisa', 'jvermeer']) splunk.addLog({ user, md5 })
    const calls = await splunk.runNow()

    const [alert] = await list()

    assert.deepEqual((await read(alert ?? assert.fail())).map(identityOf), [identityOf(calls[0]?.body)])
  })

  test('reads all rows of an alert that fires once where that is asked for, page by page', async (t) => {
    const { splunk, list } = await splunkAlone(t, { standIn: { trigger: 'once' }, sweep: { rows: 'all' } })
    for (let index = 0; index < 1001; index += 1) splunk.addLog({ user: `user${index}`, md5 })
    await splunk.runNow()

    const [alert] = await list()

    const pages = await pagesOf(alert ?? assert.fail())
    assert.deepEqual(
      pages.map(({ length }) => length),
      [500, 500, 1],
    )
    assert.equal(new Set(pages.flat().map(identityOf)).size, 1001)
  })

  test('lists everything since then, by pages, and asks for no page more', async (t) => {
    const { splunk, list } = await splunkAlone(t)
    for (let index = 0; index < 450; index += 1) {
      splunk.addLog({ user: `user${index}`, md5 })
      await splunk.runNow()
    }

    const all = await list()
    const ofTomorrow = await list(new Date(Date.now() + 86_400_000))

    assert.deepEqual([new Set(all.map(({ id }) => id)).size, ofTomorrow.length], [450, 200])
  })

  test('knows what time it is at Splunk, to the second', async (t) => {
    const { now } = await splunkAlone(t)

    const time = (await now()).getTime()

    assert.ok(Math.abs(time - Date.now()) < 60_000)
  })

  test('says that the results are gone, and what is left of the alert', async (t) => {
    const { splunk, list } = await splunkAlone(t)
    splunk.addLog({ user: 'mlisa', md5 })
    await splunk.runNow()
    const [alert] = await list()
    splunk.expireResults()

    await assert.rejects(read(alert ?? assert.fail()), (error: unknown) => {
      assert.ok(error instanceof ListedIsGone)
      assert.match(error.message, /does not have the results of "MockScan Alert", fired at .*dispatch\.ttl/)
      assert.deepEqual(WebhookBody.parse(error.known).result, {})
      return true
    })
  })

  test('says what is wrong when Splunk refuses the token, the results, or everything', async (t) => {
    const { splunk, list } = await splunkAlone(t)
    splunk.addLog({ user: 'mlisa', md5 })
    await splunk.runNow()
    const [alert] = await list()
    splunk.hideResults(true)

    await assert.rejects(read(alert ?? assert.fail()), refusedWith(403, /insufficient permission/))
    process.env.ADDER_TEST_SPLUNK_API = 'another'
    await assert.rejects(list(), refusedWith(401, /not properly authenticated/))
    process.env.ADDER_TEST_SPLUNK_API = 'stand-in-token'
    splunk.misbehave({ down: true })
    await assert.rejects(list(), ConnectorUnavailable)
  })

  const answers: [string, unknown, RegExp][] = [
    ['a search that failed in part', { results: [], messages: [{ type: 'FATAL', text: 'a peer is down' }] }, /a peer/],
    ['rows that are no rows', { results: [{ user: 7 }] }, /not as documented/],
    ['nothing yet', undefined, /has no results yet/],
  ]
  for (const [what, json, words] of answers) {
    test(`takes ${what} for no answer`, async (t) => {
      const content = { sid: '1700000000.1', trigger_time: '1700000000', digest_mode: '0' }
      const standIn = await httpStandIn({
        routes: {
          'GET /servicesNS/-/-/alerts/fired_alerts/-': () => ({ json: { entry: [{ content }] } }),
          'GET /services/search/v2/jobs/1700000000.1/results': () => (json === undefined ? { status: 204 } : { json }),
        },
      })
      t.after(() => standIn.close())
      const [alert] = await splunkSweep('splunk', { url: standIn.url, token }).connect().list(longAgo, call)

      await assert.rejects(read(alert ?? assert.fail()), (error: unknown) => {
        assert.ok(error instanceof ConnectorAnswerInvalid)
        assert.match(error.message, words)
        return true
      })
    })
  }

  test('reads nothing of an alert whose search calls no webhook', async (t) => {
    const content = { sid: '1.1', trigger_time: 1_700_000_000, digest_mode: false }
    const savedsearch = '/servicesNS/admin/search/saved/searches/x'
    const standIn = await httpStandIn({
      routes: {
        'GET /servicesNS/-/-/alerts/fired_alerts/-': () => ({ json: { entry: [{ content, links: { savedsearch } }] } }),
        [`GET ${savedsearch}`]: () => ({ json: { entry: [{ name: 'x', content: { actions: 'email' } }] } }),
      },
    })
    t.after(() => standIn.close())

    const [alert] = await splunkSweep('splunk', { url: standIn.url, token }).connect().list(longAgo, call)

    assert.deepEqual(await read(alert ?? assert.fail()), [])
  })

  test('reads an empty row where the search found none, and leaves null out', async (t) => {
    const content = (sid: string) => ({ content: { sid, trigger_time: 1_700_000_000, digest_mode: false } })
    const standIn = await httpStandIn({
      routes: {
        'GET /servicesNS/-/-/alerts/fired_alerts/-': () => ({ json: { entry: [content('none'), content('null')] } }),
        'GET /services/search/v2/jobs/none/results': () => ({ json: { results: [] } }),
        'GET /services/search/v2/jobs/null/results': () => ({ json: { results: [{ user: 'mlisa', host: null }] } }),
      },
    })
    t.after(() => standIn.close())

    const listed = await splunkSweep('splunk', { url: standIn.url, token }).connect().list(longAgo, call)

    const rows = await Promise.all(listed.map(read))
    assert.deepEqual(
      rows.map((bodies) => bodies.map(({ result }) => result)),
      [[{}], [{ user: 'mlisa' }]],
    )
  })
})

describe('the settings of the sweep', () => {
  const url = 'https://splunk.acme.example:8089'
  const wrong: [string, Partial<SplunkSweepOptions>, string][] = [
    ['another protocol', { url: 'ldap://splunk' }, 'url'],
    ['the clear to another machine', { url: 'http://splunk.acme.example:8089' }, 'url'],
    ['no address of the pages', { web: 'splunk' }, 'web'],
    ['no rest', { every: '0s' }, 'every'],
    ['rows that there are not', { rows: 'last' as 'first' }, 'rows'],
  ]
  for (const [what, options, name] of wrong) {
    test(`are refused with ${what}`, () => {
      assert.throws(
        () => splunkSweep('splunk', { url, token, ...options }),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError)
          assert.deepEqual(
            error.faults.map(({ at }) => at),
            [`sources.splunk.sweep.${name}`],
          )
          return true
        },
      )
    })
  }

  test('name the secret, so that a missing one is told before anything starts', () => {
    assert.ok(splunkSweep('splunk', { url, token }).secrets.every((each) => each instanceof Secret))
  })
})

function refusedWith(status: number, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorRefused)
    assert.equal(error.status, status)
    assert.match(error.message, words)
    return true
  }
}
