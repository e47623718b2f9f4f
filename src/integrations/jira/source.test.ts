import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { secret } from '../../secrets/secret.ts'
import { hubSignature } from '../../stand-ins/send-webhook.ts'
import { source } from './source.ts'
import { type JiraStandIn, startJira } from './stand-in.ts'
import { ticketing } from './ticketing.ts'
import { wikiText } from './wiki-text.ts'

process.env.ADDER_TEST_SOURCE_TOKEN = 'stand-in-token'
process.env.ADDER_TEST_HOOK_SECRET = "It's a Secret to Everybody"

const jiraSource = source({ secret: secret('ADDER_TEST_HOOK_SECRET') })

interface Received {
  headers: IncomingHttpHeaders
  body: string
}

/** A stand-in whose webhooks arrive here, answered with the statuses that are given, then 202. */
async function setUp({ statuses = [], filter }: { statuses?: number[]; filter?: string } = {}) {
  const received: Received[] = []
  const receiver = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    received.push({ headers: request.headers, body })
    response.writeHead(statuses.shift() ?? 202).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  after(() => receiver.close())
  const jira = await startJira({ webhookRetryMs: 1 })
  after(() => jira.close())
  // A listening TCP server always has an address of this form.
  const { port } = receiver.address() as AddressInfo
  jira.webhooks.register({
    url: `http://127.0.0.1:${port}/hooks/jira`,
    events: ['jira:issue_created', 'jira:issue_updated', 'comment_created'],
    secret: "It's a Secret to Everybody",
    ...(filter === undefined ? {} : { filter }),
  })
  return { jira, received }
}

async function deliveries(jira: JiraStandIn, count: number): Promise<void> {
  while (jira.webhooks.deliveries.length < count) await new Promise(setImmediate)
}

function eventsIn({ body, headers }: Received) {
  return jiraSource.events(jiraSource.schema.parse(JSON.parse(body)), headers)
}

describe('the source', () => {
  test('declares the signature that Jira publishes a vector for', () => {
    const { authentication } = jiraSource
    assert.ok(authentication.kind === 'signature')

    const value = hubSignature("It's a Secret to Everybody", 'Hello World!')

    assert.equal(authentication.header, 'x-hub-signature')
    assert.equal(value, `${authentication.prefix}a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9`)
  })

  test('makes ticket.created of a ticket that a person created', async () => {
    const { jira, received } = await setUp()
    const { id } = jira.createAsPerson({ summary: 'Odd mail', description: 'see http://bad.example', labels: ['x'] })
    await deliveries(jira, 1)

    const [event, ...others] = received.flatMap(eventsIn)

    const site = new URL(jira.url).host
    assert.equal(others.length, 0)
    assert.equal(event?.kind, 'ticket.created')
    assert.deepEqual(event?.identity, [site, id])
    assert.equal(event?.at.getTime(), jira.issues()[0]?.created)
    assert.deepEqual(event?.data, {
      ticket: { id, key: 'SEC-1', url: `${jira.url}/browse/SEC-1` },
      summary: 'Odd mail',
      description: 'see http://bad.example',
      labels: ['x'],
      project: 'SEC',
      type: 'Incident',
      status: 'To Do',
      reporter: { id: jira.accounts.person.accountId, name: 'Robin Vega' },
    })
  })

  test('finds our marker on a ticket that Adder opened, at the site that the ticketing names', async () => {
    const { jira, received } = await setUp()
    const options = { url: jira.url, email: jira.email, project: 'SEC', type: 'Incident' }
    const port = ticketing({ ...options, token: secret('ADDER_TEST_SOURCE_TOKEN') }).connect()
    const marker = `adder-${'0'.repeat(24)}`
    const call = { signal: AbortSignal.timeout(5_000), marker, intendedAt: new Date().toISOString() }
    const ticket = await port.effects.open.make({ summary: 'x' }, call)
    await deliveries(jira, 1)

    const [event] = received.flatMap(eventsIn)

    assert.deepEqual(event?.identity, [port.site, ticket.id])
    assert.deepEqual(event?.data, { ...Object(event?.data), marker, ticket })
  })

  test('makes ticket.updated of a change, and ticket.closed too where the change closes', async () => {
    const { jira, received } = await setUp()
    const { key, id } = jira.createAsPerson({ summary: 'x' })
    jira.editAsPerson(key, { customfield_10010: { value: 'Malware' } })
    jira.transitionAsPerson(key, 'In Progress')
    jira.transitionAsPerson(key, 'Done')
    await deliveries(jira, 4)

    const events = received.flatMap(eventsIn).sort((a, b) => a.identity.join().localeCompare(b.identity.join()))

    const [, edit, start, updated, closed] = events
    const [history] = jira.issues()[0]?.histories ?? []
    assert.equal(events.length, 5)
    assert.deepEqual(edit?.identity, [new URL(jira.url).host, id, history?.id])
    const { changes, actor } = Object(edit?.data)
    assert.deepEqual(changes, [{ field: 'Alert type', fieldId: 'customfield_10010', from: null, to: 'Malware' }])
    assert.equal(actor.id, jira.accounts.person.accountId)
    assert.equal(start?.kind, 'ticket.updated')
    assert.deepEqual([updated?.kind, closed?.kind], ['ticket.updated', 'ticket.closed'])
    assert.deepEqual(updated?.identity, closed?.identity)
    assert.equal(Object(closed?.data).resolution, 'Done')
    assert.deepEqual(Object(closed?.data).changes[0], { field: 'status', from: 'In Progress', to: 'Done' })
  })

  test('makes ticket.commented of a comment, whose issue is compact', async () => {
    const { jira, received } = await setUp()
    const { key } = jira.createAsPerson({ summary: 'x' })
    const { id } = jira.commentAsPerson(key, 'Called the user')
    await deliveries(jira, 2)

    const event = received.flatMap(eventsIn).find(({ kind }) => kind === 'ticket.commented')

    assert.deepEqual(event?.identity, [new URL(jira.url).host, id])
    const { comment, actor, project, type } = Object(event?.data)
    assert.deepEqual(comment, { id, body: 'Called the user' })
    assert.deepEqual([actor.name, project, type], ['Robin Vega', 'SEC', 'Incident'])
  })

  test('takes the site from the option where it is given', async () => {
    const { jira, received } = await setUp()
    jira.createAsPerson({ summary: 'x' })
    await deliveries(jira, 1)
    const named = source({ secret: secret('ADDER_TEST_HOOK_SECRET'), url: 'https://acme.atlassian.net' })

    const [event] = named.events(named.schema.parse(JSON.parse(received[0]?.body ?? '')), {})

    assert.equal(event?.identity[0], 'acme.atlassian.net')
    assert.equal(Object(event?.data).ticket.url, 'https://acme.atlassian.net/browse/SEC-1')
  })

  test('is told nothing by what it does not know, and by a change of no field', async () => {
    const { jira, received } = await setUp()
    jira.createAsPerson({ summary: 'x' })
    await deliveries(jira, 1)
    const created = JSON.parse(received[0]?.body ?? '')

    for (const body of [
      { webhookEvent: 'jira:issue_deleted' },
      { ...created, webhookEvent: 'jira:issue_updated' },
      { webhookEvent: 'worklog_created', timestamp: 'odd' },
    ])
      assert.deepEqual(jiraSource.events(jiraSource.schema.parse(body), {}), [])
  })

  test('names the misshapen field', async () => {
    const { jira, received } = await setUp()
    jira.createAsPerson({ summary: 'x' })
    await deliveries(jira, 1)
    const body = JSON.parse(received[0]?.body ?? '')

    const parsed = jiraSource.schema.safeParse({ ...body, issue: { ...body.issue, key: '../../rest' } })

    assert.deepEqual(
      parsed.error?.issues.map(({ path }) => path.join('.')),
      ['issue.key'],
    )
    assert.ok(!jiraSource.schema.safeParse({}).success)
    assert.ok(!jiraSource.schema.safeParse([]).success)
  })
})

describe('the stand-in’s webhooks', () => {
  test('are signed and carry one identifier through their retries', async () => {
    const { jira, received } = await setUp({ statuses: [503, 429] })
    jira.createAsPerson({ summary: 'x' })
    await deliveries(jira, 1)

    const [first, ...others] = received.map(({ headers }) => headers)

    assert.equal(received.length, 3)
    assert.equal(first?.['x-hub-signature'], hubSignature("It's a Secret to Everybody", received[0]?.body ?? ''))
    assert.deepEqual(
      others.map((headers) => headers['x-atlassian-webhook-retry']),
      ['1', '2'],
    )
    const ids = new Set(
      [first, ...others].map((headers) => jiraSource.deliveryId(headers ?? {}, { webhookEvent: 'other' })),
    )
    assert.equal(ids.size, 1)
    assert.deepEqual([jira.webhooks.deliveries[0]?.attempts, jira.webhooks.deliveries[0]?.status], [3, 202])
  })

  test('are not repeated after a refusal, and given up after five repeats', async () => {
    const refused = await setUp({ statuses: [422] })
    const broken = await setUp({ statuses: [500, 500, 500, 500, 500, 500, 500] })

    refused.jira.createAsPerson({ summary: 'x' })
    broken.jira.createAsPerson({ summary: 'x' })
    await deliveries(refused.jira, 1)
    await deliveries(broken.jira, 1)

    assert.equal(refused.received.length, 1)
    assert.equal(broken.received.length, 6)
  })

  test('tell only what their filter lets through, and nothing while they are off', async () => {
    const { jira, received } = await setUp({ filter: 'labels = "wanted"' })

    jira.webhooks.switchOn(false)
    jira.createAsPerson({ summary: 'while off', labels: ['wanted'] })
    jira.webhooks.switchOn(true)
    jira.createAsPerson({ summary: 'no label' })
    jira.createAsPerson({ summary: 'wanted', labels: ['wanted'] })
    await deliveries(jira, 1)

    assert.deepEqual(
      received.map(({ body }) => JSON.parse(body).issue.key),
      ['SEC-3'],
    )
  })
})

describe('the text of wiki markup', () => {
  const cases = [
    [null, ''],
    ['see [report|https://vt.example/a]', 'see report (https://vt.example/a)'],
    ['[https://vt.example/a]', 'https://vt.example/a'],
    ['{code:json}{"a":1}{code}', '{"a":1}'],
    ['|User|jdoe|', 'User: jdoe'],
    ['[x|javascript:alert(1)]', '[x|javascript:alert(1)]'],
  ] as const
  for (const [markup, text] of cases)
    test(`of ${JSON.stringify(markup)} is ${JSON.stringify(text)}`, () => {
      assert.equal(wikiText(markup), text)
    })
})
