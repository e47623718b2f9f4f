import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { jiraUnderTest } from '../../../test/support/jira-under-test.ts'
import { type TicketingUnderTest, ticketingContract } from '../../../test/support/ticketing-contract.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorAnswerInvalid } from '../../errors/connector-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { code, facts, paragraph } from '../../tickets/document.ts'
import type { Ticketing } from '../../tickets/ticketing.ts'
import { dataCenterTicketing } from './data-center-ticketing.ts'
import { startJira } from './stand-in.ts'
import { wikiText } from './wiki-text.ts'

process.env.ADDER_TEST_JIRA_PAT = 'stand-in-token'
process.env.ADDER_TEST_WRONG_PAT = 'some-other-token'

function connect(url: string, token = 'ADDER_TEST_JIRA_PAT'): Ticketing {
  return dataCenterTicketing({ url, token: secret(token), project: 'SEC', type: 'Incident' }).connect()
}

ticketingContract('Jira Data Center', {
  start: startSystem,
  markup: '{code}*bold*{code} [x|javascript:alert(1)] <b>&amp;',
})

async function startSystem(): Promise<TicketingUnderTest> {
  const jira = await startJira({ edition: 'data center' })
  const stranger = connect(jira.url, 'ADDER_TEST_WRONG_PAT')
  return jiraUnderTest({ jira, port: connect(jira.url), stranger, textOf: (body) => wikiText(String(body)) })
}

function call(intendedAt = new Date(Date.now() - 1)) {
  return {
    signal: AbortSignal.timeout(10_000),
    marker: `adder-${'a'.repeat(24)}`,
    intendedAt: intendedAt.toISOString(),
  }
}

describe('Jira Data Center', () => {
  test('gets everything of a ticket in one request, rich text as markup in which an alert is no markup', async () => {
    const jira = await startJira({ edition: 'data center' })
    after(() => jira.close())
    const input = {
      summary: 'MockScan: jdoe',
      description: [facts({ User: '{code}' }), code('{code}*x*', 'json')],
      labels: ['mock-scan'],
      fields: { 'alert type': 'Malware', Analysis: '!https://x.example/a.png!' },
    }

    await connect(jira.url).effects.open.make(input, call())

    const [issue] = jira.issues()
    assert.equal(issue?.fields.description, '|{*}User{*}|&#123;code&#125;|\n\n{noformat}\n{code}*x*\n{noformat}')
    assert.equal(issue?.fields.customfield_10012, '\\!https&#58;//x.example/a.png\\!')
    assert.deepEqual(issue?.fields.customfield_10010, { value: 'Malware' })
    assert.deepEqual(issue?.fields.labels, ['mock-scan', `adder-${'a'.repeat(24)}`])
    assert.deepEqual(issue?.properties, { 'adder.effect': { id: `adder-${'a'.repeat(24)}` } })
    assert.equal(jira.requests.filter(({ method }) => method === 'POST').length, 1)
  })

  test('is written to below the path that its site has', async () => {
    const jira = await httpStandIn({
      routes: {
        'GET /jira/rest/api/2/myself': ({ headers }) =>
          headers.authorization === 'Bearer stand-in-token'
            ? { json: { name: 'adder', key: 'JIRAUSER10100', displayName: 'Adder' } }
            : { status: 401 },
        'POST /jira/rest/api/2/issue': () => ({ status: 201, json: { id: '10001', key: 'SEC-1' } }),
      },
    })
    after(() => jira.close())
    const port = connect(`${jira.url}/jira`)

    const ticket = await port.effects.open.make({ summary: 'Odd login' }, call())

    assert.deepEqual(ticket, { id: '10001', key: 'SEC-1', url: `${jira.url}/jira/browse/SEC-1` })
    const own = await port.lookups.ownAccount(undefined, call())
    assert.deepEqual(own, { kind: 'found', value: { id: 'JIRAUSER10100', name: 'Adder' } })
  })

  test('sets a field that holds a user by login, and a long text whose line ends Jira rewrote is as wanted', async () => {
    let written: unknown
    const jira = await httpStandIn({
      routes: {
        'GET /rest/api/2/field': () => ({
          json: [
            { id: 'assignee', name: 'Assignee', schema: { type: 'user' } },
            { id: 'environment', name: 'Environment', schema: { type: 'string' } },
          ],
        }),
        'PUT /rest/api/2/issue/10001': ({ json }) => {
          written = json
          return { status: 204 }
        },
        'GET /rest/api/2/issue/10001': () => ({
          json: {
            id: '10001',
            key: 'SEC-1',
            fields: { assignee: { name: 'jdoe', key: 'JIRAUSER10102' }, environment: 'one\r\ntwo' },
          },
        }),
      },
    })
    after(() => jira.close())
    const { setFields } = connect(jira.url).effects
    const ticket = { id: '10001', key: 'SEC-1', url: '' }
    const input = { ticket, fields: { assignee: 'jdoe', environment: 'one\ntwo' } }

    await setFields.make(input, call())

    assert.deepEqual(written, { fields: { assignee: { name: 'jdoe' }, environment: 'one\ntwo' } })
    assert.equal((await setFields.find?.(input, call()))?.kind, 'found')
    assert.equal((await setFields.find?.({ ticket, fields: { assignee: 'other' } }, call()))?.kind, 'not_found')
  })

  test('lets a person’s later change of a field stand, which Jira tells by the field’s name', async () => {
    const jira = await startJira({ edition: 'data center' })
    after(() => jira.close())
    const { id, key } = jira.createAsPerson({ summary: 'Odd login' })
    jira.editAsPerson(key, { customfield_10011: 'theirs' })
    const { setFields } = connect(jira.url).effects
    const input = { ticket: { id, key, url: '' }, fields: { customfield_10011: 'ours' } }

    const found = await setFields.find?.(input, call(new Date(Date.now() - 60_000)))

    assert.equal(found?.kind, 'found')
  })

  test('asks for comments with their properties, and for no list that only Jira Cloud has', async () => {
    const jira = await startJira({ edition: 'data center' })
    after(() => jira.close())
    const { id, key } = jira.createAsPerson({ summary: 'Odd login' })
    const { comment } = connect(jira.url).effects
    const input = { ticket: { id, key, url: '' }, body: [paragraph('Name: Jane')] }

    const made = await comment.make(input, call())

    assert.deepEqual(await comment.find?.(input, call()), { kind: 'found', value: made })
    assert.ok(jira.requests.every(({ path }) => path.startsWith('/rest/api/2/') && !path.endsWith('/list')))
  })

  test('does not take a comment for missing where Jira leaves the properties out', async () => {
    const comments = [{ id: '10100', created: new Date().toISOString() }]
    const jira = await httpStandIn({
      routes: { 'GET /rest/api/2/issue/10001/comment': () => ({ json: { comments, total: 1 } }) },
    })
    after(() => jira.close())
    const { comment } = connect(jira.url).effects

    const finding = async () => comment.find?.({ ticket: { id: '10001', key: 'SEC-1', url: '' }, body: [] }, call())

    await assert.rejects(finding, ConnectorAnswerInvalid)
  })

  for (const [what, options, at] of [
    ['the clear to another machine', { url: 'http://jira.acme.example' }, 'ticketing.url'],
    ['a project key that is none', { project: 'sec' }, 'ticketing.project'],
    ['no type', { type: ' ' }, 'ticketing.type'],
  ] as const)
    test(`is refused with ${what}`, () => {
      const good = {
        url: 'https://jira.acme.example',
        token: secret('ADDER_TEST_JIRA_PAT'),
        project: 'SEC',
        type: 'Task',
      }

      assert.throws(
        () => dataCenterTicketing({ ...good, ...options }),
        (error) => error instanceof ConfigError && error.faults[0]?.at === at,
      )
    })
})
