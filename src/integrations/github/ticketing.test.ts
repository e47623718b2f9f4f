import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, type TestContext, test } from 'node:test'
import { type TicketingUnderTest, ticketingContract } from '../../../test/support/ticketing-contract.ts'
import type { EffectCall } from '../../connectors/effect.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorInputInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { code, facts, paragraph } from '../../tickets/document.ts'
import { TicketGone } from '../../tickets/ticket-gone.ts'
import type { TicketRef } from '../../tickets/ticketing.ts'
import { markdownText } from './markdown-text.ts'
import { markerOf } from './marker.ts'
import { source } from './source.ts'
import { type GitHubStandIn, type GitHubStandInOptions, type StandInIssue, startGitHub } from './stand-in.ts'
import { ticketing } from './ticketing.ts'

const variables = {
  ADDER_TEST_GITHUB_TICKETING: 'stand-in-token',
  ADDER_TEST_GITHUB_STRANGER: 'token-of-a-stranger',
}
before(() => Object.assign(process.env, variables))
after(() => {
  for (const name of Object.keys(variables)) delete process.env[name]
})
const token = secret('ADDER_TEST_GITHUB_TICKETING')

const repository = 'acme/incidents'

async function tickets(t: TestContext, options: GitHubStandInOptions = {}) {
  const github = await startGitHub({ repositories: [repository], ...options })
  t.after(() => github.close())
  const port = ticketing({ repository, token, url: github.url }).connect()
  const open = () => port.effects.open.make({ summary: 'Odd login' }, call())
  const issue = (ticket: TicketRef) => issueIn(github, ticket)
  return { github, port, open, issue, ...port }
}

function issueIn(github: GitHubStandIn, { id }: TicketRef): StandInIssue {
  return github.issues().find(({ number }) => String(number) === id) ?? assert.fail(`there is no issue ${id}`)
}

/** An effect that was intended so many seconds ago. */
function call(secondsAgo = 0): EffectCall {
  return {
    signal: AbortSignal.timeout(30_000),
    marker: `adder-${randomBytes(12).toString('hex')}`,
    intendedAt: new Date(Date.now() - secondsAgo * 1000).toISOString(),
  }
}

ticketingContract('GitHub', {
  start: startSystem,
  markup: '**a** <b>c</b> | [d](http://e.example) `f` @g #1 ~h~ \\ &amp; _i_',
})

async function startSystem(): Promise<TicketingUnderTest> {
  const github = await startGitHub({ repositories: [repository] })
  const portOf = (name: string) => ticketing({ repository, token: secret(name), url: github.url }).connect()
  const refOf = ({ number }: { number: number }) => ({
    id: String(number),
    key: `${repository}#${number}`,
    url: `${github.url}/${repository}/issues/${number}`,
  })

  return {
    port: portOf('ADDER_TEST_GITHUB_TICKETING'),
    stranger: portOf('ADDER_TEST_GITHUB_STRANGER'),
    wrongSecret: variables.ADDER_TEST_GITHUB_STRANGER,
    // An issue has one status that is not closed.
    statuses: ['open', 'open', 'closed'],
    field: 'title',
    editsComments: true,
    person: {
      create: async ({ summary, description, labels }) =>
        refOf(github.openAsPerson({ title: summary, body: description, labels: [...labels] })),
      async copy(ticket) {
        const { title, body, labels } = issueIn(github, ticket)
        return refOf(github.openAsPerson({ title, body, labels }))
      },
      comment: async ({ id }, text) => ({ id: String(github.commentAsPerson(Number(id), text).id) }),
      setField: async ({ id }, title) => github.changeAsPerson(Number(id), { title }),
      async move({ id }) {
        github.changeAsPerson(Number(id), { state: 'closed' })
        github.changeAsPerson(Number(id), { state: 'open' })
      },
      remove: async ({ id }) => github.deleteAsPerson(Number(id)),
    },
    comments: async (ticket) => issueIn(github, ticket).comments.map(({ body }) => markdownText(body)),
    links: async (ticket) =>
      issueIn(github, ticket).comments.flatMap(({ body }) => /\]\(<(.*)>\)/.exec(body)?.[1] ?? []),
    loseAnswers: (isLosing) => github.misbehave(isLosing ? { lostAnswers: 1 } : {}),
    close: () => github.close(),
  }
}

describe('opening an issue', () => {
  test('says what the ticket says, with its marker where nobody sees it', async (t) => {
    const { effects, lookups, issue } = await tickets(t)
    const how = call()
    const description = [facts({ User: 'a|b @c' }), code('{ "a": 1 }', 'json')]
    const input = { summary: ' Odd\nlogin ', description, labels: ['a'], fields: { Labels: ['b', 'a'], assignees: [] } }

    const ticket = await effects.open.make(input, how)

    const answer = await lookups.read(ticket, call())
    assert.ok(answer.kind === 'found')
    assert.deepEqual(answer.value, {
      ...ticket,
      summary: 'Odd login',
      description: 'User: a|b @c\n{ "a": 1 }',
      labels: ['a', 'b'],
      status: 'open',
      isClosed: false,
      fields: { title: 'Odd login', labels: ['a', 'b'], assignees: [], milestone: null },
    })
    assert.deepEqual([ticket.id, ticket.key], ['1', 'acme/incidents#1'])
    assert.equal(markerOf(issue(ticket).body), how.marker)
  })

  test('is found after a lost answer behind many younger issues, and copies by people are not', async (t) => {
    const { github, effects, issue } = await tickets(t)
    const how = call()
    github.misbehave({ lostAnswers: 1 })
    await assert.rejects(effects.open.make({ summary: 'x' }, how), ConnectorUnavailable)
    github.misbehave({})
    const { body } = issue({ id: '1', key: '', url: '' })
    for (let count = 0; count < 120; count += 1) github.openAsPerson({ title: 'copy', body })

    const found = await effects.open.find?.({ summary: 'x' }, how)
    const other = await effects.open.find?.({ summary: 'x' }, call())

    assert.ok(found?.kind === 'found')
    assert.deepEqual([found.value.id, found.value.others], ['1', undefined])
    assert.deepEqual(other, { kind: 'not_found' })
  })

  test('asks no further back than it was intended', async (t) => {
    const anHourAgo = Date.now() - 3_600_000
    let isPast = true
    const { github, effects } = await tickets(t, { now: () => (isPast ? anHourAgo : Date.now()) })
    for (let count = 0; count < 120; count += 1) github.openAsPerson({ title: 'old' })
    isPast = false
    const asked = () => github.requests.filter(({ path }) => path.endsWith('/issues')).length

    await effects.open.find?.({ summary: 'x' }, call())

    assert.equal(asked(), 1)
  })

  test('cuts a title at 256 characters, never within one', async (t) => {
    const { effects, issue } = await tickets(t)

    const ticket = await effects.open.make({ summary: `${'x'.repeat(254)}\u{1f600}\u{1f600}` }, call())

    assert.equal(issue(ticket).title, `${'x'.repeat(254)}…`)
  })
})

describe('a comment', () => {
  test('keeps its marker when it is edited, and is left alone where it says so already', async (t) => {
    const { effects, open, issue } = await tickets(t)
    const ticket = await open()
    const how = call()
    const comment = await effects.comment.make({ ticket, body: [paragraph('asking')] }, how)
    const edit = { ticket, comment, body: [paragraph('answered: *')] }
    const before = await effects.editComment.find?.(edit, call())

    await effects.editComment.make(edit, call())

    const [written] = issue(ticket).comments
    assert.deepEqual([markdownText(written?.body), markerOf(written?.body)], ['answered: *', how.marker])
    assert.deepEqual([before?.kind, (await effects.editComment.find?.(edit, call()))?.kind], ['not_found', 'found'])
  })

  test('is gone where it was deleted, and where it is on another ticket', async (t) => {
    const { github, effects, open } = await tickets(t)
    const [ticket, other] = [await open(), await open()]
    const comment = await effects.comment.make({ ticket, body: [paragraph('x')] }, call())
    const body = [paragraph('y')]

    await assert.rejects(effects.editComment.make({ ticket: other, comment, body }, call()), TicketGone)
    github.deleteCommentAsPerson(Number(ticket.id), Number(comment.id))

    await assert.rejects(effects.editComment.make({ ticket, comment, body }, call()), TicketGone)
  })

  test('is not ours where a person has copied its marker', async (t) => {
    const { github, effects, lookups, open, issue } = await tickets(t)
    const ticket = await open()
    const own = await effects.comment.make({ ticket, body: [paragraph('x')] }, call())
    const copy = github.commentAsPerson(Number(ticket.id), issue(ticket).comments[0]?.body ?? '')

    const answers = await Promise.all(
      [own.id, String(copy.id), '99'].map((commentId) => lookups.isOwnComment({ ticket, commentId }, call())),
    )

    assert.deepEqual(
      answers.map((answer) => answer.kind === 'found' && answer.value),
      [true, false, false],
    )
  })
})

describe('fields', () => {
  test('are as wanted in any order, and as GitHub spells them', async (t) => {
    const { effects, open } = await tickets(t)
    const ticket = await open()
    await effects.setFields.make({ ticket, fields: { labels: ['Bug', 'a'], assignees: ['robin-vega'] } }, call())

    const found = await effects.setFields.find?.(
      { ticket, fields: { Labels: ['a', 'bug'], assignees: ['Robin-Vega'] } },
      call(),
    )

    assert.equal(found?.kind, 'found')
  })

  test('are set again where another field than theirs was changed by somebody', async (t) => {
    const { github, effects, open } = await tickets(t)
    const ticket = await open()
    github.changeAsPerson(Number(ticket.id), { title: 'theirs' })
    const find = (fields: Record<string, unknown>) => effects.setFields.find?.({ ticket, fields }, call(10))

    const kinds = [await find({ title: 'ours' }), await find({ title: 'ours', labels: ['x'] })].map(
      (each) => each?.kind,
    )

    assert.deepEqual(kinds, ['found', 'not_found'])
  })

  const refused: [string, Record<string, unknown>, RegExp][] = [
    ['one that there is none of', { Priority: 'High' }, /no field is called "Priority"/],
    ['the body, which holds the marker', { body: 'x' }, /no field is called "body"/],
    ['a list that is none', { labels: 'x' }, /labels/],
    ['a label that is too long', { labels: ['x'.repeat(51)] }, /50 characters/],
    ['a milestone by its title', { milestone: 'v1' }, /milestone/],
    ['an empty title', { title: ' \n' }, /title/],
  ]
  for (const [what, fields, words] of refused)
    test(`are refused before anything is sent: ${what}`, async (t) => {
      const { github, effects } = await tickets(t)
      const ticket = { id: '1', key: '', url: '' }

      await assert.rejects(
        effects.setFields.make({ ticket, fields }, call()),
        (error) => error instanceof ConnectorInputInvalid && words.test(error.message),
      )
      assert.equal(github.requests.length, 0)
    })
})

describe('fields that are kept as labels', () => {
  const names = ['Alert type', 'Source']

  async function labelled(t: TestContext) {
    const github = await startGitHub({ repositories: [repository] })
    t.after(() => github.close())
    const port = ticketing({ repository, token, url: github.url, labelFields: names }).connect()
    const fields = { 'alert TYPE': 'Malware', Source: 'MockScan' }
    const ticket = await port.effects.open.make({ summary: 'Odd login', labels: ['soc'], fields }, call())
    const labels = () => issueIn(github, ticket).labels
    const find = (wanted: object, secondsAgo = 0) =>
      port.effects.setFields.find?.({ ticket, fields: { ...wanted } }, call(secondsAgo)).then(({ kind }) => kind)
    return { ...port, github, ticket, labels, find }
  }

  test('are set when the ticket is opened, and read again', async (t) => {
    const { lookups, ticket, labels } = await labelled(t)

    const read = await lookups.read(ticket, call())

    assert.deepEqual(labels(), ['soc', 'Alert type: Malware', 'Source: MockScan'])
    assert.ok(read.kind === 'found')
    assert.deepEqual([read.value.fields['Alert type'], read.value.fields.Source], ['Malware', 'MockScan'])
  })

  test('take the place of what they were, and leave other labels alone', async (t) => {
    const { effects, github, ticket, labels, find } = await labelled(t)
    github.changeAsPerson(Number(ticket.id), { labels: [...labels(), 'theirs'] })
    assert.equal(await find({ source: 'Splunk' }), 'not_found')

    await effects.setFields.make({ ticket, fields: { source: 'Splunk' } }, call())
    await effects.transition.make({ ticket, to: 'closed', fields: { 'Alert type': null } }, call())

    assert.deepEqual(labels(), ['soc', 'theirs', 'Source: Splunk'])
    assert.equal(await find({ source: 'splunk', 'Alert type': '' }), 'found')
  })

  test('let a person’s later change of them stand, and no other label’s', async (t) => {
    const { github, ticket, labels, find } = await labelled(t)
    const change = (change: (label: string) => string[]) =>
      github.changeAsPerson(Number(ticket.id), { labels: labels().flatMap(change) })
    change((label) => [label, 'theirs'])
    assert.equal(await find({ Source: 'Splunk' }, 10), 'not_found')

    change((label) => (label.startsWith('Source') ? ['Source: theirs'] : [label]))

    assert.equal(await find({ Source: 'Splunk' }, 10), 'found')
  })

  for (const value of ['x'.repeat(50), 'two\nlines', ['a'], {}])
    test(`are refused with ${JSON.stringify(value).slice(0, 20)} before anything is sent`, async (t) => {
      const { effects, github, ticket } = await labelled(t)
      const before = github.requests.length

      await assert.rejects(effects.setFields.make({ ticket, fields: { Source: value } }, call()), ConnectorInputInvalid)
      assert.equal(github.requests.length, before)
    })

  for (const name of ['', 'a: b', 'Labels', ' x', 'x'.repeat(31)])
    test(`can't be called ${JSON.stringify(name)}`, () => {
      assert.throws(() => ticketing({ repository, token, labelFields: [name] }), ConfigError)
    })
})

describe('moving a ticket', () => {
  for (const status of ['closed', 'not planned', 'duplicate'])
    test(`to ${status} closes it for that reason, and back opens it`, async (t) => {
      const { effects, lookups, open } = await tickets(t)
      const ticket = await open()
      const read = async () => {
        const answer = await lookups.read(ticket, call())
        return answer.kind === 'found' && [answer.value.status, answer.value.isClosed]
      }

      await effects.transition.make({ ticket, to: status.toUpperCase(), fields: { labels: ['done'] } }, call())
      const closed = await read()
      await effects.transition.make({ ticket, to: 'Open' }, call())

      assert.deepEqual(
        [closed, await read()],
        [
          [status, true],
          ['open', false],
        ],
      )
    })

  test('is refused from one reason to another, which GitHub would overlook', async (t) => {
    const { effects, open } = await tickets(t)
    const ticket = await open()
    await effects.transition.make({ ticket, to: 'closed' }, call())

    await assert.rejects(effects.transition.make({ ticket, to: 'not planned' }, call()), (error) => {
      return error instanceof ConnectorRefused && /"not planned"; possible: "open"/.test(error.message)
    })
  })
})

describe('the ticketing', () => {
  test('is known by its host and repository, in small letters', () => {
    const site = (url: string) => ticketing({ repository: 'Acme/Incidents', token, url }).connect().site

    assert.equal(site('https://api.github.com'), 'github.com/acme/incidents')
    assert.equal(site('https://ghe.acme.example/api/v3'), 'ghe.acme.example/acme/incidents')
  })

  test('says by its probe that GitHub would drop the labels of an account that may not push', async (t) => {
    const { github, probe, effects, issue } = await tickets(t, { canPush: false })
    const well = await tickets(t)

    await well.probe(call())
    await assert.rejects(
      probe(call()),
      (error) => error instanceof ConnectorRefused && /role Write/.test(error.message),
    )
    const ticket = await effects.open.make({ summary: 'x', labels: ['a'] }, call())
    assert.deepEqual(issue(ticket).labels, [])
    assert.equal(github.issues().length, 1)
  })

  for (const [what, options, at] of [
    ['the clear to another machine', { url: 'http://ghe.acme.example/api/v3' }, 'url'],
    ['an owner alone', { repository: 'acme' }, 'repository'],
  ] as const)
    test(`is refused with ${what}`, () => {
      assert.throws(
        () => ticketing({ repository, token, ...options }),
        (error) => error instanceof ConfigError && error.faults[0]?.at === `ticketing.${at}`,
      )
    })
})

describe('the source of tickets', () => {
  const { events, schema, withHeaders } = source({ secret: token, tickets: 'Acme/Incidents' })

  /** What the stand-in's webhooks would send, as events. */
  async function told(t: TestContext) {
    const { github, ...rest } = await tickets(t)
    const happened: ReturnType<typeof events>[] = []
    github.watchHappenings((event, payload) => {
      happened.push(
        events(schema.parse(withHeaders?.(JSON.parse(JSON.stringify(payload)), { 'x-github-event': event })), {}),
      )
    })
    return { github, ...rest, happened }
  }

  test('tells of an issue that Adder opened as the run that opened it does', async (t) => {
    const { port, effects, happened } = await told(t)
    const how = call()

    const ticket = await effects.open.make({ summary: 'Odd login', description: [paragraph('by j*')] }, how)

    const [event, ...others] = happened.flat()
    assert.deepEqual(others, [])
    assert.deepEqual([event?.kind, event?.identity], ['ticket.created', [port.site, ticket.id]])
    assert.deepEqual(event?.data, {
      ticket,
      summary: 'Odd login',
      description: 'by j*',
      labels: [],
      project: repository,
      type: 'Issue',
      status: 'open',
      reporter: { id: '101', name: 'adder-acme' },
      marker: how.marker,
    })
  })

  test('tells what was edited, and of each move, closings twice', async (t) => {
    const { github, happened } = await told(t)
    const { number } = github.openAsPerson({ title: 'x' })
    github.changeAsPerson(number, { title: 'y', body: 'of **z**' })
    github.changeAsPerson(number, { state: 'closed', stateReason: 'not_planned' })
    github.changeAsPerson(number, { state: 'open' })

    const [, edited, closedAs, closed, reopened, ...others] = happened.flat()

    assert.deepEqual(others, [])
    assert.deepEqual(
      [edited, closedAs, closed, reopened].map((event) => [event?.kind, Object(event?.data).changes]),
      [
        [
          'ticket.updated',
          [
            { field: 'title', from: 'x', to: 'y' },
            { field: 'body', from: null, to: 'of z' },
          ],
        ],
        ['ticket.updated', [{ field: 'status', from: 'open', to: 'not planned' }]],
        ['ticket.closed', [{ field: 'status', from: 'open', to: 'not planned' }]],
        ['ticket.updated', [{ field: 'status', from: 'closed', to: 'open' }]],
      ],
    )
    assert.deepEqual([Object(closed?.data).resolution, Object(closed?.data).actor.id], ['not planned', '102'])
    assert.equal(new Set([edited, closedAs, reopened].map((event) => event?.identity.join())).size, 3)
  })

  test('tells of comments on tickets, and of pull requests as ever', async (t) => {
    const { github, port, happened } = await told(t)
    const { number } = github.openAsPerson({ title: 'x' })
    const { id } = github.commentAsPerson(number, 'a **comment**')
    github.commentAsPerson(github.openPullRequest({ title: 'no ticket' }).number, 'x')

    const [, commented, ...ofPull] = happened.flat()

    assert.deepEqual([commented?.kind, commented?.identity], ['ticket.commented', [port.site, String(id)]])
    assert.deepEqual(Object(commented?.data).comment, { id: String(id), body: 'a comment' })
    assert.deepEqual(
      ofPull.map(({ kind }) => kind),
      ['github.pull_request', 'github.comment'],
    )
  })

  test('tells of the issues of other repositories as ever', () => {
    const other = source({ secret: token, tickets: 'acme/others' })
    const issue = {
      number: 1,
      html_url: 'https://github.com/acme/incidents/issues/1',
      title: 'x',
      state: 'open',
      created_at: '2026-11-25T06:00:00Z',
      updated_at: '2026-11-25T06:00:00Z',
    }
    const body = { action: 'opened', issue, repository: { id: 1, full_name: repository } }
    const kinds = [source({ secret: token, tickets: repository }), other].map(
      (each) => each.events(schema.parse(withHeaders?.(body, { 'x-github-event': 'issues' })), {})[0]?.kind,
    )

    assert.deepEqual(kinds, ['ticket.created', 'github.issue'])
  })

  test('is refused where its tickets are in no repository', () => {
    assert.throws(() => source({ secret: token, tickets: 'acme' }), ConfigError)
  })
})
