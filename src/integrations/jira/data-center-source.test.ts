import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { until } from '../../../test/support/until.ts'
import { ConfigError } from '../../errors/config-error.ts'
import type { EventDraft } from '../../intake/source.ts'
import { secret } from '../../secrets/secret.ts'
import { httpStandIn, type StandInRequest } from '../../stand-ins/http-stand-in.ts'
import { hubSignature } from '../../stand-ins/send-webhook.ts'
import { type DataCenterSweepOptions, dataCenterSource } from './data-center-source.ts'
import { dataCenterTicketing } from './data-center-ticketing.ts'
import { type JiraStandIn, startJira } from './stand-in.ts'

process.env.ADDER_TEST_DC_HOOK = 'a secret of the test only'
process.env.ADDER_TEST_DC_PAT = 'stand-in-token'
const token = secret('ADDER_TEST_DC_PAT')
const jiraSource = dataCenterSource({ secret: secret('ADDER_TEST_DC_HOOK') })
const everything = ['jira:issue_created', 'jira:issue_updated', 'comment_created']

/** A stand-in whose webhooks arrive here. */
async function setUp({ status = 202 } = {}) {
  const received: StandInRequest[] = []
  const receiver = await httpStandIn({
    routes: {
      'POST /hooks/jira': (request) => {
        received.push(request)
        return { status }
      },
    },
  })
  const jira = await startJira({ edition: 'data center' })
  after(() => Promise.all([receiver.close(), jira.close()]))
  jira.webhooks.register({
    ...{ url: `${receiver.url}/hooks/jira`, events: everything, secret: 'a secret of the test only' },
  })
  const events = async (webhooks: number) => {
    await until('the webhooks have come', () => jira.webhooks.deliveries.length >= webhooks)
    return received.flatMap(({ json, headers }) => jiraSource.events(jiraSource.schema.parse(json), headers))
  }
  return { jira, received, events }
}

function only(events: readonly EventDraft[], kind: string): EventDraft {
  const [event, ...others] = events.filter((each) => each.kind === kind)
  assert.deepEqual(others, [])
  return event ?? assert.fail(`no ${kind}`)
}

/** A webhook's body as the stand-in sent it, for a variant that it never sends. */
async function commented(jira: JiraStandIn, received: readonly StandInRequest[]) {
  const { key } = jira.createAsPerson({ summary: 'x' })
  const { id } = jira.commentAsPerson(key, 'Called the user')
  await until('the webhooks have come', () => received.length >= 3)
  const update = received
    .map(({ json }) => Object(json))
    .find((body) => body.issue_event_type_name === 'issue_commented')
  return { id, update }
}

describe('the source of Jira Data Center', () => {
  test('makes ticket.created of a ticket that a person created, whose key stands for the person', async () => {
    const { jira, events } = await setUp()
    const { id, key } = jira.createAsPerson({ summary: 'Odd mail', description: 'a *star*', labels: ['x'] })

    const event = only(await events(1), 'ticket.created')

    assert.deepEqual(event.identity, [new URL(jira.url).host, id])
    assert.deepEqual(event.data, {
      ticket: { id, key, url: `${jira.url}/browse/${key}` },
      summary: 'Odd mail',
      description: 'a *star*',
      labels: ['x'],
      project: 'SEC',
      type: 'Incident',
      status: 'To Do',
      reporter: { id: 'JIRAUSER10101', name: 'Robin Vega', email: 'robin@acme.example' },
    })
  })

  test('finds our marker on a ticket that Adder opened, and its reporter is the account of the ticketing', async () => {
    const { jira, events } = await setUp()
    const { effects, lookups, site } = dataCenterTicketing({
      ...{ url: jira.url, token, project: 'SEC', type: 'Incident' },
    }).connect()
    const marker = `adder-${'0'.repeat(24)}`
    const call = { signal: AbortSignal.timeout(5_000), marker, intendedAt: new Date().toISOString() }
    const ticket = await effects.open.make({ summary: 'x' }, call)

    const { identity, data } = only(await events(1), 'ticket.created')

    const account = await lookups.ownAccount(undefined, call)
    assert.deepEqual(identity, [site, ticket.id])
    assert.deepEqual([Object(data).marker, Object(data).ticket], [marker, ticket])
    assert.equal(Object(data).reporter.id, account.kind === 'found' && account.value.id)
  })

  test('makes ticket.commented of the update that comes with a comment, once', async () => {
    const { jira, events, received } = await setUp()
    const { key } = jira.createAsPerson({ summary: 'x' })
    const { id } = jira.commentAsPerson(key, 'Called {user}')

    const event = only(await events(3), 'ticket.commented')

    const bare = received.map(({ json }) => Object(json)).find(({ webhookEvent }) => webhookEvent === 'comment_created')
    assert.equal(bare.issue, undefined)
    assert.deepEqual(event.identity, [new URL(jira.url).host, id])
    const { ticket, comment, actor, project, type } = Object(event.data)
    assert.deepEqual(comment, { id, body: 'Called {user}' })
    assert.deepEqual([ticket.key, actor.id, project, type], [key, 'JIRAUSER10101', 'SEC', 'Incident'])
  })

  test('makes both of a change that came with a comment, and neither of a comment edited or deleted', async () => {
    const { jira, received } = await setUp()
    const { update } = await commented(jira, received)
    const changelog = { id: '10200', items: [{ field: 'status', fromString: 'To Do', toString: 'In Progress' }] }
    const kinds = (body: unknown) =>
      jiraSource.events(jiraSource.schema.parse(body), {}).map(({ kind, identity }) => [kind, identity.at(-1)])

    const both = kinds({ ...update, changelog, issue_event_type_name: 'issue_generic' })
    const edited = kinds({ ...update, issue_event_type_name: 'issue_comment_edited' })
    const deleted = kinds({ ...update, issue_event_type_name: 'issue_comment_deleted' })

    assert.deepEqual(both, [
      ['ticket.updated', '10200'],
      ['ticket.commented', update.comment.id],
    ])
    assert.deepEqual([edited, deleted], [[], []])
  })

  test('makes ticket.closed of a change that closes, whose fields are told by name', async () => {
    const { jira, events } = await setUp()
    const { key } = jira.createAsPerson({ summary: 'x' })
    jira.transitionAsPerson(key, 'In Progress')
    jira.transitionAsPerson(key, 'Done', { customfield_10011: 'MockScan' })

    const event = only(await events(3), 'ticket.closed')

    const { changes, resolution, actor } = Object(event.data)
    assert.deepEqual([resolution, actor.id], ['Done', 'JIRAUSER10101'])
    assert.deepEqual(changes[0], { field: 'status', from: 'In Progress', to: 'Done' })
    assert.deepEqual(changes.at(-1), { field: 'Alert source', from: null, to: 'MockScan' })
  })

  test('is signed, and each webhook comes once and without an identifier', async () => {
    const { jira, received } = await setUp({ status: 503 })
    jira.createAsPerson({ summary: 'x' })
    await until('the webhook has come', () => jira.webhooks.deliveries.length === 1)

    const [{ headers, text } = assert.fail(), ...others] = received

    assert.deepEqual(others, [])
    assert.equal(headers['x-hub-signature'], hubSignature('a secret of the test only', text))
    assert.equal(jiraSource.deliveryId(headers, { webhookEvent: 'other' }), undefined)
  })

  test('takes the site with the path that the issue’s address has, or from the option', async () => {
    const { jira, received } = await setUp()
    const { update } = await commented(jira, received)
    const issue = { ...update.issue, self: 'https://acme.example/jira/rest/api/2/issue/10001' }
    const named = dataCenterSource({ secret: secret('ADDER_TEST_DC_HOOK'), url: 'https://tickets.acme.example/jira' })
    const at = ({ events, schema }: typeof named) => {
      const [event] = events(schema.parse({ ...update, issue }), {})
      return [event?.identity[0], Object(event?.data).ticket.url]
    }

    assert.deepEqual(at(jiraSource), ['acme.example', 'https://acme.example/jira/browse/SEC-1'])
    assert.deepEqual(at(named), ['tickets.acme.example', 'https://tickets.acme.example/jira/browse/SEC-1'])
  })
})

describe('the sweep of Jira Data Center', () => {
  const call = () => ({ signal: AbortSignal.timeout(10_000) })
  const sweepOf = (sweep: DataCenterSweepOptions) =>
    dataCenterSource({ secret: secret('ADDER_TEST_DC_HOOK'), sweep }).sweep ?? assert.fail()

  test('lists what its filter lets through, by pages, as its webhook tells it', async () => {
    const { jira, events } = await setUp()
    for (let index = 0; index < 205; index += 1) jira.createAsPerson({ summary: `ticket ${index}`, labels: ['wanted'] })
    jira.createAsPerson({ summary: 'another' })
    const sweep = sweepOf({ url: jira.url, token, jql: 'project = SEC AND labels = wanted' }).connect()

    const listed = await sweep.list(new Date(Date.now() - 60_000), call)

    assert.deepEqual(
      listed.map(({ id }) => id),
      jira
        .issues()
        .slice(0, 205)
        .map(({ id }) => id),
    )
    const swept: EventDraft[] = []
    for await (const page of listed[0]?.read(call) ?? [])
      swept.push(...page.flatMap((each) => jiraSource.events(each, {})))
    const told = (await events(206)).find(({ identity }) => identity[1] === listed[0]?.id)
    assert.deepEqual(swept, [told])
  })

  test('is refused without a filter, by the name of its source', () => {
    assert.throws(
      () => sweepOf({ url: 'https://jira.acme.example', token, jql: '' }),
      (error) => error instanceof ConfigError && error.faults[0]?.at === 'sources.jira-data-center.sweep.jql',
    )
  })
})
