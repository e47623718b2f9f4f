import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { startTalk } from './support/talk.ts'
import { until } from './support/until.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'

const talk = await startTalk(after)

describe('one alert', () => {
  test('becomes one ticket with an answer from the directory and one from VirusTotal', async () => {
    talk.splunk.addLog({ user: 'mlisa', md5 })

    const [call] = await talk.splunk.runNow()

    assert.equal(call?.status, 202)
    const comments = await talk.settled('mlisa', 2)
    assert.equal(talk.tickets('mlisa').length, 1)
    assert.equal(comments.length, 2)
    assert.match(
      comments.find((text) => text.startsWith('Active Directory')) ?? '',
      /Name: Mona Lisa.*Department: Art/s,
    )
    assert.match(comments.find((text) => text.startsWith('VirusTotal')) ?? '', /Positives: 48\/60|Positives: 48 of 60/)
  })

  test('that arrives ten times at once becomes one ticket with two comments', async () => {
    const alert = talk.alert({ user: 'ten-alerts', md5 })

    const answers = await Promise.all(Array.from({ length: 10 }, () => talk.postAlert(alert)))

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]))
    const comments = await talk.settled('ten-alerts', 2)
    assert.equal(talk.tickets('ten-alerts').length, 1)
    assert.equal(comments.length, 2)
  })

  test('that arrives again after its ticket is there starts nothing', async () => {
    const alert = talk.alert({ user: 'late-copy', md5 })
    await talk.postAlert(alert)
    await talk.settled('late-copy', 2)

    const answer = await talk.postAlert(alert)

    const { events } = (await answer.json()) as { events: { state: string }[] } // the receipt's own shape
    assert.deepEqual([answer.status, events.map(({ state }) => state)], [202, ['duplicate']])
    await talk.idle()
    assert.equal(talk.tickets('late-copy').length, 1)
    assert.equal(talk.comments('late-copy').length, 2)
  })

  test('differs from the next of the same search job, so that each row has its ticket', async () => {
    const alert = talk.alert({ user: 'row', md5 })
    const rows = ['row-one', 'row-two'].map((user) => ({ ...alert, result: { ...(alert.result as object), user } })) // made above

    await Promise.all(rows.map(talk.postAlert))

    await talk.settled('row-one', 2)
    await talk.settled('row-two', 2)
    assert.equal(talk.tickets('row-').length, 2)
  })
})

describe("Jira's webhook", () => {
  test('that arrives before the answer to the create call makes no second set of comments', async () => {
    talk.jira.misbehave({ slowMs: 1500 })

    await talk.postAlert(talk.alert({ user: 'webhook-first', md5 }))
    await until('the webhook has been answered', () =>
      talk.jira.webhooks.deliveries.some(
        ({ event, issueKey, status }) =>
          event === 'jira:issue_created' && issueKey === talk.tickets('webhook-first')[0]?.key && status === 202,
      ),
    )
    const isAnswered = talk.jira.requests.at(-1)?.status !== undefined
    talk.jira.misbehave({})

    assert.equal(isAnswered, false, 'the webhook was to arrive while the create call has no answer')
    assert.equal((await talk.settled('webhook-first', 2)).length, 2)
    assert.equal(talk.tickets('webhook-first').length, 1)
  })

  test('ten times at once, with one identifier and with ten, means one ticket', async (t) => {
    const mirror = await webhookMirror((cleanUp) => t.after(cleanUp))
    const { key } = talk.jira.createAsPerson({ summary: 'ten-webhooks', description: `user: mlisa\n${md5}` })
    const { headers, body } = await until('the webhook has been seen', () =>
      mirror.seen.find(({ body }) => body.includes(key)),
    )
    const copies = Array.from({ length: 20 }, (_, index) => ({
      ...headers,
      ...(index < 10 ? {} : { 'x-atlassian-webhook-identifier': `another-${index}` }),
    }))

    const answers = await Promise.all(
      copies.map((each) => fetch(`${talk.adder.url}/hooks/jira`, { method: 'POST', headers: each, body })),
    )

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]))
    assert.equal((await talk.settled('ten-webhooks', 2)).length, 2)
  })

  test('ten times at once for a ticket of our own means nothing new', async (t) => {
    const mirror = await webhookMirror((cleanUp) => t.after(cleanUp))
    talk.jira.misbehave({ slowMs: 500 })
    await talk.postAlert(talk.alert({ user: 'own-webhooks', md5 }))
    const { headers, body } = await until('the webhook has been seen', () =>
      mirror.seen.find(({ body }) => body.includes('own-webhooks') && body.includes('jira:issue_created')),
    )

    await Promise.all(
      Array.from({ length: 10 }, () => fetch(`${talk.adder.url}/hooks/jira`, { method: 'POST', headers, body })),
    )

    talk.jira.misbehave({})
    assert.equal((await talk.settled('own-webhooks', 2)).length, 2)
    assert.equal(talk.tickets('own-webhooks').length, 1)
  })

  test('switched off delays and loses nothing', async () => {
    talk.jira.webhooks.switchOn(false)

    await talk.postAlert(talk.alert({ user: 'no-webhook', md5 }))
    const comments = await talk.settled('no-webhook', 2)

    talk.jira.webhooks.switchOn(true)
    assert.equal(comments.length, 2)
    assert.equal(talk.tickets('no-webhook').length, 1)
  })

  test('registered twice means one ticket and each comment once', async () => {
    talk.registerWebhook()
    const { key: byHand } = talk.jira.createAsPerson({ summary: 'by-hand', description: `user: mlisa\n${md5}` })
    await talk.postAlert(talk.alert({ user: 'two-webhooks', md5 }))
    await talk.settled('two-webhooks', 2)
    const [opened] = talk.tickets('two-webhooks')
    assert.ok(opened)

    for (const key of [byHand, opened.key]) {
      await until(`both webhooks have told of ${key} and its comments`, () => accepted(key) === 2 * (1 + 2))
    }
    await talk.idle()

    assert.equal(talk.tickets('two-webhooks').length, 1)
    for (const key of [byHand, opened.key]) assert.equal(talk.jira.comments(key).length, 2)
  })
})

/** How many webhooks about a ticket Adder has taken in. */
function accepted(key: string): number {
  return talk.jira.webhooks.deliveries.filter(({ issueKey, status }) => issueKey === key && status === 202).length
}

/** Receives what Jira sends to Adder, too. */
async function webhookMirror(atEnd: (cleanUp: () => Promise<void>) => void) {
  const seen: { headers: Record<string, string>; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const named = Object.entries(request.headers).filter(([name]) => /^x-|^content-type$/.test(name))
    seen.push({ headers: Object.fromEntries(named.map(([name, value]) => [name, String(value)])), body })
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(async () => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo // a TCP server's address is one
  talk.jira.webhooks.register({
    url: `http://127.0.0.1:${port}/`,
    events: ['jira:issue_created'],
    secret: talk.secrets.JIRA_HOOK_SECRET ?? '',
  })
  return { seen }
}
