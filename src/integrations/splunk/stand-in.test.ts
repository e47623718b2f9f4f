import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { httpStandIn, type StandInHandler } from '../../stand-ins/http-stand-in.ts'
import { ResultRows, WebhookBody } from './schema.ts'
import { type SplunkStandInOptions, startSplunk } from './stand-in.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'
const authorized = { authorization: 'Bearer stand-in-token' }

async function splunkAndReceiver(
  handler: StandInHandler = () => ({ status: 202 }),
  options: Partial<SplunkStandInOptions> = {},
) {
  const receiver = await httpStandIn({ routes: { 'POST /hooks/splunk/t0ken': handler } })
  const splunk = await startSplunk({ webhookUrl: `${receiver.url}/hooks/splunk/t0ken`, ...options })
  after(async () => {
    await splunk.close()
    await receiver.close()
  })
  return { receiver, splunk }
}

describe('the Splunk stand-in', () => {
  test('calls the webhook once for each result, in the form that the source accepts', async () => {
    const { receiver, splunk } = await splunkAndReceiver()
    splunk.addLog({ user: 'mlisa', md5 })
    splunk.addLog({ user: 'jvermeer', md5, time: new Date('2020-01-01T00:00:00.5Z') })

    await splunk.runNow()

    const bodies = receiver.requests.map(({ json }) => WebhookBody.parse(json))
    assert.deepEqual(
      bodies.map(({ search_name, result }) => [search_name, result.user, result.md5]),
      [
        ['MockScan Alert', 'mlisa', md5],
        ['MockScan Alert', 'jvermeer', md5],
      ],
    )
    assert.equal(bodies[1]?.result._time, '1577836800.500')
    assert.equal(bodies[0]?.sid, bodies[1]?.sid)
    assert.match(bodies[0]?.sid ?? '', /^scheduler__admin__search__RMD5[0-9a-f]{17}_at_\d{10}_1$/)
  })

  test('finds each line once and only those of the detector', async () => {
    const { receiver, splunk } = await splunkAndReceiver()
    splunk.addLog({ user: 'mlisa', md5 })
    splunk.addLog({ user: 'mlisa', md5, sourcetype: 'access_combined' })

    const runs = [await splunk.runNow(), await splunk.runNow()]

    assert.deepEqual(
      runs.map((calls) => calls.length),
      [1, 0],
    )
    assert.equal(receiver.requests.length, 1)
  })

  test('loses an alert that is not taken, and never sends it again', async () => {
    const { receiver, splunk } = await splunkAndReceiver(() => ({ status: 503 }))
    splunk.addLog({ user: 'mlisa', md5 })

    await splunk.runNow()
    await splunk.runNow()

    assert.deepEqual(
      splunk.deliveries().map(({ status, isLost }) => [status, isLost]),
      [[503, true]],
    )
    assert.equal(receiver.requests.length, 1)
  })

  test('records why nobody answered', async () => {
    const { receiver, splunk } = await splunkAndReceiver()
    receiver.misbehave({ down: true })
    splunk.addLog({ user: 'mlisa', md5 })

    const [call] = await splunk.runNow()

    assert.equal(call?.status, undefined)
    assert.equal(call?.isLost, true)
    assert.match(call?.reason ?? '', /fetch failed/)
  })

  test('on its schedule finds each line once, and misses one that is indexed after its time was searched', async () => {
    const { splunk } = await splunkAndReceiver(undefined, { everyMs: 5 })
    const fired: unknown[] = []
    const last = Promise.withResolvers<void>()
    splunk.watch({
      fired: ({ user }) => {
        fired.push(user)
        // A second look at the same time would find the first again before this.
        if (user === 'first') splunk.addLog({ user: 'last', md5 })
      },
      called: ({ body }) => body.result.user === 'last' && last.resolve(),
    })

    splunk.addLog({ user: 'too late', md5, time: new Date(Date.now() - 60_000) })
    splunk.addLog({ user: 'first', md5 })
    await last.promise

    assert.deepEqual(fired, ['first', 'last'])
  })

  test('shows all rows of a job at its results link, as text', async () => {
    const { splunk } = await splunkAndReceiver()
    splunk.addLog({ user: '<script>alert(1)</script>', md5 })
    splunk.addLog({ user: 'mlisa', md5 })
    const [call] = await splunk.runNow()

    const response = await fetch(call?.body.results_link ?? '')

    const page = await response.text()
    assert.match(page, /2 results/)
    assert.match(page, /mlisa/)
    assert.doesNotMatch(page, /<script/)
    assert.equal((await fetch(`${splunk.url}/app/search/@go?sid=unknown`)).status, 404)
  })

  describe('in its REST API', () => {
    const refused: [string, string, Record<string, string>, number][] = [
      ['no token', '/services/server/info?output_mode=json', {}, 401],
      ['another token', '/services/server/info?output_mode=json', { authorization: 'Bearer other' }, 401],
      ['another output', '/services/server/info', authorized, 400],
      [
        'a parameter that there is not',
        '/servicesNS/-/-/alerts/fired_alerts/-?output_mode=json&limit=1',
        authorized,
        400,
      ],
      ['a count that is none', '/servicesNS/-/-/alerts/fired_alerts/-?output_mode=json&count=x', authorized, 400],
      ['a job that it does not know', '/services/search/v2/jobs/1.1/results?output_mode=json', authorized, 404],
    ]
    for (const [what, path, headers, status] of refused) {
      test(`refuses ${what}`, async () => {
        const { splunk } = await splunkAndReceiver()

        const answer = await fetch(splunk.url + path, { headers })

        assert.equal(answer.status, status)
        assert.match(await answer.text(), /^\{"messages":\[\{"type":"\w+","text":"[^"]/)
      })
    }

    const unread: [string, string | URLSearchParams][] = [
      ['that is sent as JSON', '{"search":"search index=security"}'],
      ['with a parameter that there is not', new URLSearchParams({ search: 'search index=security', limit: '1' })],
      ['that begins with no command', new URLSearchParams({ search: 'index=security' })],
      ['with a quotation mark that is not closed', new URLSearchParams({ search: 'search user="mlisa' })],
      ['with a subsearch', new URLSearchParams({ search: 'search [ search index=security ]' })],
      ['with a command that it does not have', new URLSearchParams({ search: 'search index=security | delete' })],
      ['over a time that is none', new URLSearchParams({ search: 'search index=security', earliest_time: 'noon' })],
    ]
    for (const [what, body] of unread)
      test(`starts no search ${what}`, async () => {
        const { splunk } = await splunkAndReceiver()

        const url = `${splunk.url}/services/search/jobs?output_mode=json`
        const answer = await fetch(url, { method: 'POST', headers: authorized, body })

        assert.equal(answer.status, 400)
        assert.deepEqual(splunk.keptSearches(), [])
      })

    test('exports no previews', async () => {
      const { splunk } = await splunkAndReceiver()

      const url = `${splunk.url}/services/search/v2/jobs/export?output_mode=json`
      const body = new URLSearchParams({ search: 'search index=security' })
      const answer = await fetch(url, { method: 'POST', headers: authorized, body })

      assert.equal(answer.status, 400)
    })

    test('spells a row in another way than the webhook', async () => {
      const { splunk } = await splunkAndReceiver()
      splunk.addLog({ user: 'mlisa', md5, time: new Date('2020-01-01T00:00:00.5Z'), fields: { note: '' } })
      const [call] = await splunk.runNow()
      const path = `/services/search/v2/jobs/${call?.body.sid}/results?output_mode=json`

      const answer = await fetch(splunk.url + path, { headers: authorized })

      const [row] = ResultRows.parse(await answer.json()).results
      assert.deepEqual(
        [row?._time, row?.host, row?.note],
        ['2020-01-01T00:00:00.500+00:00', ['mona-laptop'], undefined],
      )
      assert.deepEqual([call?.body.result.host, call?.body.result.note], ['mona-laptop', ''])
    })
  })
})
