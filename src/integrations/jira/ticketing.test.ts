import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { jiraUnderTest } from '../../../test/support/jira-under-test.ts'
import { type TicketingUnderTest, ticketingContract } from '../../../test/support/ticketing-contract.ts'
import { ConfigError } from '../../errors/config-error.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRateLimited,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { facts, paragraph } from '../../tickets/document.ts'
import { TicketGone } from '../../tickets/ticket-gone.ts'
import type { Ticketing } from '../../tickets/ticketing.ts'
import { adfText } from './adf-text.ts'
import { type JiraStandInOptions, startJira } from './stand-in.ts'
import { ticketing } from './ticketing.ts'

process.env.ADDER_TEST_JIRA_TOKEN = 'stand-in-token'
process.env.ADDER_TEST_WRONG_TOKEN = 'some-other-token'

async function setUp(options: JiraStandInOptions = {}) {
  const jira = await startJira(options)
  after(() => jira.close())
  return { jira, port: connect(jira.url) }
}

function connect(url: string, token = 'ADDER_TEST_JIRA_TOKEN'): Ticketing {
  const options = { url, email: 'adder@acme.example', token: secret(token), project: 'SEC', type: 'Incident' }
  return ticketing(options).connect()
}

function call(digit = 'a', intendedAt = new Date(Date.now() - 1)) {
  return {
    signal: AbortSignal.timeout(10_000),
    marker: `adder-${digit.repeat(24)}`,
    intendedAt: intendedAt.toISOString(),
  }
}

async function openOne(port: Ticketing) {
  return await port.effects.open.make({ summary: 'Odd login', labels: ['mock-scan'] }, call('f'))
}

function find<Input, Result>(
  effect: { find?: (input: Input, call: ReturnType<typeof callOf>) => Promise<Result> },
  input: Input,
  how = call(),
): Promise<Result> {
  assert.ok(effect.find)
  return effect.find(input, how)
}
const callOf = call

function refusal(pattern: RegExp) {
  return (error: unknown) => error instanceof ConnectorRefused && pattern.test(error.message)
}

function goneWith(pattern: RegExp) {
  return (error: unknown) => error instanceof TicketGone && pattern.test(error.message)
}

ticketingContract('Jira', { start: startSystem, markup: '{code}*bold*{code} [x|javascript:alert(1)] <b>&amp;' })

async function startSystem(): Promise<TicketingUnderTest> {
  const jira = await startJira()
  const stranger = connect(jira.url, 'ADDER_TEST_WRONG_TOKEN')
  return jiraUnderTest({ jira, port: connect(jira.url), stranger, textOf: adfText })
}

describe('opening a ticket', () => {
  test('sends summary, description, labels, fields and both markers in one request', async () => {
    const { jira, port } = await setUp()

    const ticket = await port.effects.open.make(
      {
        summary: 'MockScan:\n jdoe',
        description: [facts({ User: 'jdoe' })],
        labels: ['mock-scan'],
        fields: { 'alert type': 'Malware', priority: 'High', customfield_10013: 8, Analysis: 'line one' },
      },
      call(),
    )

    const [issue] = jira.issues()
    assert.deepEqual(ticket, { id: issue?.id, key: 'SEC-1', url: `${jira.url}/browse/SEC-1` })
    assert.equal(issue?.fields.summary, 'MockScan: jdoe')
    assert.equal(adfText(issue?.fields.description), 'User: jdoe')
    assert.deepEqual(issue?.fields.labels, ['mock-scan', `adder-${'a'.repeat(24)}`])
    assert.deepEqual(issue?.properties, { 'adder.effect': { id: `adder-${'a'.repeat(24)}` } })
    assert.deepEqual(issue?.fields.customfield_10010, { value: 'Malware' })
    assert.deepEqual(issue?.fields.priority, { name: 'High' })
    assert.equal(issue?.fields.customfield_10013, 8)
    assert.equal(adfText(issue?.fields.customfield_10012), 'line one')
    assert.equal(jira.requests.filter(({ method }) => method === 'POST').length, 1)
  })

  test('cuts a long summary to 255 characters with an ellipsis', async () => {
    const { jira, port } = await setUp()

    await port.effects.open.make({ summary: 'x'.repeat(300) }, call())

    assert.equal(jira.issues()[0]?.fields.summary, `${'x'.repeat(254)}…`)
  })

  test('is not found while the search lags behind', async () => {
    const { jira, port } = await setUp({ searchLagMs: 60_000 })
    await port.effects.open.make({ summary: 'Odd login' }, call())

    const early = await find(port.effects.open, { summary: 'Odd login' })
    jira.lagSearch(0)
    const late = await find(port.effects.open, { summary: 'Odd login' })

    assert.deepEqual([early.kind, late.kind], ['not_found', 'found'])
  })

  const faulty = [
    [{ summary: ' \n' }, /needs a summary/],
    [{ summary: 'x', labels: ['two words'] }, /"two words" can't be a label/],
    [{ summary: 'x', fields: { 'No such field': 1 } }, /no field is called "No such field"/],
  ] as const
  for (const [input, message] of faulty)
    test(`refuses ${JSON.stringify(input)} before anything is made`, async () => {
      const { jira, port } = await setUp()

      await assert.rejects(
        port.effects.open.make(input, call()),
        (error) => error instanceof ConnectorInputInvalid && message.test(error.message),
      )

      assert.equal(jira.issues().length, 0)
    })

  test('says which field Jira refused', async () => {
    const { port } = await setUp()

    await assert.rejects(
      port.effects.open.make({ summary: 'x', fields: { 'Alert type': 'Unheard of' } }, call()),
      refusal(/customfield_10010.*Unheard of/),
    )
  })

  test('asks for the list of fields once', async () => {
    const { jira, port } = await setUp()

    await port.effects.open.make({ summary: 'x', fields: { Score: 1 } }, call('1'))
    await port.effects.open.make({ summary: 'y', fields: { score: 2 } }, call('2'))

    assert.equal(jira.requests.filter(({ path }) => path === '/rest/api/3/field').length, 1)
  })
})

describe('commenting', () => {
  test('finds a comment behind more than a page of later ones', async () => {
    const { jira, port } = await setUp()
    const ticket = await openOne(port)
    const input = { ticket, body: [paragraph('first')] }
    const comment = await port.effects.comment.make(input, call())
    for (let more = 0; more < 150; more++) jira.commentAsPerson(ticket.key, `later ${more}`)

    assert.deepEqual(await find(port.effects.comment, input), { kind: 'found', value: comment })
  })

  test('does not look at comments from long before the intention', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z')
    const { jira, port } = await setUp({ now: () => now })
    const ticket = await openOne(port)
    for (let old = 0; old < 150; old++) jira.commentAsPerson(ticket.key, `old ${old}`)
    now += 3_600_000

    const found = await find(port.effects.comment, { ticket, body: [] }, call('a', new Date(now)))

    assert.equal(found.kind, 'not_found')
    assert.equal(jira.requests.filter(({ path }) => path.endsWith('/comment')).length, 1)
    assert.equal(jira.requests.filter(({ path }) => path.endsWith('/comment/list')).length, 0)
  })

  test('sends writes to one ticket one after another', async () => {
    let underWay = 0
    let most = 0
    const jira = await httpStandIn({
      routes: {
        'POST /rest/api/3/issue/:id/comment': async () => {
          most = Math.max(most, ++underWay)
          for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
          underWay--
          return { status: 201, json: { id: '1' } }
        },
      },
    })
    after(() => jira.close())
    const port = connect(jira.url)
    const comment = (id: string) =>
      port.effects.comment.make({ ticket: { id, key: 'SEC-1', url: '' }, body: [paragraph('x')] }, call())

    await Promise.all(['1', '1', '1', '1'].map(comment))
    const mostForOne = most
    await Promise.all(['1', '2', '3', '4'].map(comment))

    assert.equal(mostForOne, 1)
    assert.ok(most > 1)
  })
})

describe('setting fields', () => {
  test('sets them by name and finds them already so', async () => {
    const { jira, port } = await setUp()
    const ticket = await openOne(port)
    const input = { ticket, fields: { 'Alert type': 'Phishing', labels: ['b', 'a'], Analysis: 'done' } }
    const before = await find(port.effects.setFields, input)

    await port.effects.setFields.make(input, call())

    assert.equal(before.kind, 'not_found')
    assert.deepEqual(jira.issues()[0]?.fields.customfield_10010, { value: 'Phishing' })
    assert.equal((await find(port.effects.setFields, input)).kind, 'found')
  })

  test('is not satisfied by a person’s change to another field', async () => {
    const { jira, port } = await setUp()
    const ticket = await openOne(port)
    jira.editAsPerson(ticket.key, { customfield_10011: 'email' })
    const earlier = call('a', new Date(Date.now() - 60_000))

    const score = { ticket, fields: { Score: 3 } }
    assert.equal((await find(port.effects.setFields, score, earlier)).kind, 'not_found')
  })
})

describe('moving a ticket', () => {
  test('goes to a status by its name in any case, and stays where it is already', async () => {
    const { jira, port } = await setUp()
    const ticket = await openOne(port)

    await port.effects.transition.make({ ticket, to: 'in progress' }, call('1'))
    await port.effects.transition.make({ ticket, to: 'In Progress' }, call('2'))
    await port.effects.transition.make({ ticket, to: 'Done', fields: { Resolution: 'False Positive' } }, call('3'))

    const [issue] = jira.issues()
    assert.equal(issue?.status.name, 'Done')
    assert.deepEqual(issue?.fields.resolution, { name: 'False Positive' })
    assert.equal(jira.requests.filter(({ path }) => path.endsWith('/transitions')).length, 2)
    assert.equal((await find(port.effects.transition, { ticket, to: 'done' })).kind, 'found')
  })
})

describe('linking', () => {
  test('twice with one marker makes one link', async () => {
    const { jira, port } = await setUp()
    const ticket = await openOne(port)
    const input = { ticket, url: 'https://wiki.example/runbook', title: 'Runbook' }

    await port.effects.link.make(input, call())
    await port.effects.link.make(input, call())
    await port.effects.link.make({ ...input, title: 'Another' }, call('b'))

    const titles = jira.issues()[0]?.links.map(({ title }) => title)
    assert.deepEqual(titles, ['Runbook', 'Another'])
  })
})

describe('reading a ticket', () => {
  test('gives its text, labels, status and fields', async () => {
    const { jira, port } = await setUp()
    const { id, key } = jira.createAsPerson({ summary: 'By hand', description: 'see\nthis', labels: ['x'] })

    const answer = await port.lookups.read({ id, key, url: '' }, call())

    assert.ok(answer.kind === 'found')
    const { fields, ...ticket } = answer.value
    const url = `${jira.url}/browse/SEC-1`
    assert.deepEqual(ticket, {
      id,
      key,
      url,
      summary: 'By hand',
      description: 'see\nthis',
      labels: ['x'],
      status: 'To Do',
      isClosed: false,
    })
    assert.deepEqual(fields.priority, { name: 'Medium' })
  })

  test('says that it is closed by its status, or by its resolution where the workflow sets one earlier', async () => {
    const { jira, port } = await setUp()
    const [byStatus, byResolution, open] = [await openOne(port), await openOne(port), await openOne(port)]
    for (const { key } of [byStatus, byResolution, open]) jira.transitionAsPerson(key, 'In Progress')
    jira.transitionAsPerson(byStatus.key, 'Done', { resolution: null })
    jira.editAsPerson(byResolution.key, { resolution: { name: 'Duplicate' } })

    const read = await Promise.all([byStatus, byResolution, open].map((each) => port.lookups.read(each, call())))

    assert.deepEqual(
      read.map((each) => each.kind === 'found' && each.value.isClosed),
      [true, true, false],
    )
  })

  test('asks for our own account once', async () => {
    const { jira, port } = await setUp()

    const first = await port.lookups.ownAccount(undefined, call())
    await port.lookups.ownAccount(undefined, call())

    const { accountId, displayName } = jira.accounts.api
    assert.deepEqual(first, { kind: 'found', value: { id: accountId, name: displayName } })
    assert.equal(jira.requests.length, 1)
  })
})

describe('when Jira says no', () => {
  test('a write to a ticket that is gone is refused with its key', async () => {
    const { jira, port } = await setUp()
    const ticket = await openOne(port)
    jira.deleteAsPerson(ticket.key)

    const gone = goneWith(/^Jira: SEC-1 is gone: .* does not tell apart\. .*Issue does not exist or you do not have/)
    await assert.rejects(port.effects.comment.make({ ticket, body: [paragraph('x')] }, call()), gone)
  })

  test('an edit of a comment that somebody has deleted says so, and makes no other', async () => {
    const { jira, port } = await setUp()
    const ticket = await openOne(port)
    const comment = await port.effects.comment.make({ ticket, body: [paragraph('asking')] }, call())
    jira.deleteCommentAsPerson(ticket.key, comment.id)

    const input = { ticket, comment, body: [paragraph('answered')] }
    const gone = goneWith(/^Jira: comment \d+ on SEC-1 is gone: somebody has deleted it$/)
    await assert.rejects(port.effects.editComment.make(input, call()), gone)
    await assert.rejects(find(port.effects.editComment, input), gone)
    assert.deepEqual(jira.comments(ticket.key), [])
  })

  test('429 is a rate limit with its time, also Jira’s own for writes to one issue', async () => {
    let now = Date.now()
    const { jira, port } = await setUp({ now: () => now })
    const ticket = await openOne(port)
    const comment = () => port.effects.comment.make({ ticket, body: [paragraph('x')] }, call())
    for (let written = 0; written < 20; written++) await comment()

    await assert.rejects(comment(), (error) => error instanceof ConnectorRateLimited && error.until !== undefined)
    assert.equal(jira.comments(ticket.key).length, 20)
    now += 2_001
    await comment()

    jira.misbehave({ rateLimited: 1 })
    await assert.rejects(port.probe(call()), ConnectorRateLimited)
  })

  test('500 to a write may have happened, a refused connection has not', async () => {
    const { jira, port } = await setUp()
    const ticket = await openOne(port)
    const comment = () => port.effects.comment.make({ ticket, body: [paragraph('x')] }, call())

    jira.misbehave({ broken: 1 })
    await assert.rejects(comment(), (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened)
    jira.misbehave({ down: true })
    await assert.rejects(connect(jira.url).probe(call()), ConnectorUnavailable)
    assert.equal(jira.comments(ticket.key).length, 0)
  })

  test('a page of HTML instead of JSON is an invalid answer', async () => {
    const proxy = await httpStandIn({ routes: { 'GET /rest/api/3/myself': () => ({ html: '<h1>Log in</h1>' }) } })
    after(() => proxy.close())

    await assert.rejects(connect(proxy.url).probe(call()), ConnectorAnswerInvalid)
  })

  test('a conflict with another write is tried again, since nothing was made', async () => {
    const conflict = { status: 409, json: { errorMessages: ['conflict'], errors: {} } }
    const jira = await httpStandIn({ routes: { 'POST /rest/api/3/issue/:id/comment': () => conflict } })
    after(() => jira.close())

    await assert.rejects(
      connect(jira.url).effects.comment.make(
        { ticket: { id: '1', key: 'SEC-1', url: '' }, body: [paragraph('x')] },
        call(),
      ),
      (error) => error instanceof ConnectorUnavailable && !error.mayHaveHappened,
    )
  })
})

describe('the options of the ticketing', () => {
  const good = { url: 'https://acme.atlassian.net', email: 'a@acme.example', project: 'SEC', type: 'Incident' }
  const token = secret('ADDER_TEST_JIRA_TOKEN')

  test('name the site', () => {
    assert.equal(ticketing({ ...good, token }).connect().site, 'acme.atlassian.net')
  })

  test('are refused all at once where they are wrong', () => {
    assert.throws(
      () => ticketing({ ...good, token, url: 'http://acme.atlassian.net', project: 'sec"', type: ' ' }),
      (error) => error instanceof ConfigError && error.faults.length === 3,
    )
  })

  for (const { url, isOther } of [
    { url: 'http://jira.acme.example', isOther: true },
    { url: 'http://acme.atlassian.net', isOther: false },
  ])
    test(`${isOther ? 'name' : 'do not name'} the ticketing of Data Center for ${url}`, () => {
      assert.throws(
        () => ticketing({ ...good, token, url }),
        ({ message }) => message.includes('jira.dataCenterTicketing') === isOther,
      )
    })
})

describe('a ticket that was moved to another project', () => {
  test('is written to as before, and is read with its new key', async () => {
    const { jira, port } = await setUp({ projects: ['SEC', 'OPS'] })
    const ticket = await openOne(port)
    const comment = await port.effects.comment.make({ ticket, body: [paragraph('asking')] }, call('1'))
    jira.moveAsPerson(ticket.key, 'OPS')

    await port.effects.editComment.make({ ticket, comment, body: [paragraph('answered')] }, call('2'))
    await port.effects.setFields.make({ ticket, fields: { summary: 'Moved' } }, call('3'))
    await port.effects.transition.make({ ticket, to: 'In Progress' }, call('4'))
    await port.effects.link.make({ ticket, url: 'https://acme.example', title: 'x' }, call('5'))

    const [issue] = jira.issues()
    const read = await port.lookups.read(ticket, call())
    assert.equal(read.kind === 'found' && read.value.key, 'OPS-1')
    assert.deepEqual([issue?.key, issue?.fields.summary, issue?.status.name], ['OPS-1', 'Moved', 'In Progress'])
    assert.equal(adfText(jira.comments('OPS-1')[0]?.body), 'answered')
    assert.deepEqual([issue?.links.length, jira.comments('SEC-1')], [1, jira.comments('OPS-1')])
  })

  test('is found by its marker, with its new key', async () => {
    const { jira, port } = await setUp({ projects: ['SEC', 'OPS'] })
    const ticket = await openOne(port)
    jira.moveAsPerson(ticket.key, 'OPS')

    const found = await find(port.effects.open, { summary: 'Odd login' }, call('f'))

    assert.deepEqual(found.kind === 'found' && [found.value.id, found.value.key], [ticket.id, 'OPS-1'])
  })
})
