import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Desk, startDesk } from '../../test/automations/desk.ts'
import { type Notebook, notebook } from '../../test/automations/notebook.ts'
import { until } from '../../test/support/until.ts'
import type { Connector } from '../connectors/connector.ts'
import { type Answer, found, notFound, type Outcome } from '../connectors/outcome.ts'
import { ConnectorRateLimited, ConnectorUnavailable } from '../errors/connector-errors.ts'
import { facts } from '../tickets/document.ts'
import { automation } from './automation.ts'
import { enrichment } from './enrichment.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'
import type { Connectors } from './register.ts'
import { ticketCreated } from './ticket-triggers.ts'

/** Outside systems that answer when the test lets them, or as the user's name says. */
const gates = new Map<string, PromiseWithResolvers<void>>()
function gate(name: string): PromiseWithResolvers<void> {
  const known = gates.get(name) ?? Promise.withResolvers<void>()
  gates.set(name, known)
  return known
}

const people: Connector = {
  lookups: {
    user: async (name: string): Promise<Answer<string>> => {
      if (name.startsWith('gated')) await gate(name).promise
      if (name.startsWith('nemo')) return notFound()
      if (name.startsWith('quota-soon'))
        throw new ConnectorRateLimited('People: over quota', { until: new Date(Date.now() + 30 * 60_000) })
      if (name.startsWith('quota'))
        throw new ConnectorRateLimited('People: over quota', { until: new Date('2126-11-24T14:10:30Z') })
      if (name.startsWith('down')) throw new ConnectorUnavailable('People: nobody listens', { mayHaveHappened: false })
      return found(`Full name of ${name}`)
    },
  },
  effects: {},
  probe: async () => undefined,
  close: async () => undefined,
}

const who = enrichment({
  name: 'who',
  title: 'People',
  of: ['user'],
  ask: (name, connectors: Connectors): Promise<Outcome<string>> => {
    const { people } = connectors as unknown as { people: { user(name: string): Promise<Outcome<string>> } } // this file's own
    return people.user(name)
  },
  tell: (full) => {
    if (full.endsWith('untold')) throw new Error('tripped over the answer')
    return facts({ Name: full })
  },
})

const earlier = enrichment({
  name: 'earlier',
  title: 'Cache',
  of: ['md5'],
  ask: async () => ({ ...found(1), askedAt: '2026-11-25T08:00:00.000Z' }),
  tell: () => 'seen before',
})

const md5 = '9e107d9d372bb6826bd81d3542a419d6'

describe('one comment for a ticket', { concurrency: true }, () => {
  let book: Notebook
  let desk: Desk
  before(async () => {
    book = notebook()
    desk = await startDesk({
      automations: [automation({ name: 'answer', on: ticketCreated(), enrich: [who, earlier], tell: 'one comment' })],
      connectors: { people },
      ticketing: book.port,
      policy: { lookupPatienceMs: 2000 },
    })
  })
  after(() => desk.close())

  function ticketFor(alert: unknown) {
    const id = String(book.pages.length + 1)
    const ticket = { id, key: `NB-${id}`, url: '' }
    const page = { ...ticket, input: { summary: 'A ticket' }, comments: [] as string[] }
    book.pages.push(page)
    const about = { summary: 'A ticket', description: '', labels: [], project: 'NB', type: 'Note' }
    const event: AdderEvent = {
      kind: 'ticket.created',
      id: eventIdentity('ticket.created', [id]),
      at: new Date().toISOString(),
      source: 'notebook',
      data: { ticket, alert, ...about },
    }
    return { page, event, run: () => desk.run('answer', event) }
  }

  /** Without the times, which differ. */
  function lines(comment: string | undefined): string[] {
    return (comment ?? '').replaceAll(/(found|failed), \d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '$1').split('\n')
  }

  test('is there before anybody has answered, and fills in', async () => {
    const { page, event } = ticketFor({ user: 'gated-mlisa', src_user: 'gated-nemo' })
    await desk.accept(event)

    await until('the comment is there', () => page.comments.length === 1)
    assert.deepEqual(lines(page.comments[0]).slice(0, 4), [
      'Answers: 0 of 2',
      'Source: About: Answer',
      'People: gated-mlisa: asking …',
      'People: gated-nemo: asking …',
    ])
    gate('gated-mlisa').resolve()
    await until('the first answer is in', () => page.comments[0]?.includes('Answers: 1 of 2') === true)
    gate('gated-nemo').resolve()
    await desk.ended('answer', event.id)

    assert.equal(page.comments.length, 1)
    assert.deepEqual(lines(page.comments[0]), [
      'Answers: 2 of 2',
      'Source: About: Answer',
      'People: gated-mlisa: found',
      'People: gated-nemo: found',
      'People: gated-mlisa',
      'Name: Full name of gated-mlisa',
      'People: gated-nemo',
      'Name: Full name of gated-nemo',
    ])
  })

  test('says what waits for a quota while the other lines are answered, and in the end that it was used up', async () => {
    const { page, event } = ticketFor({ user: ['quota-mlisa', 'gated-first'] })
    await desk.accept(event)
    await until('the comment is there', () => page.comments.length === 1)

    gate('gated-first').resolve()
    await desk.ended('answer', event.id)

    assert.deepEqual(lines(page.comments[0]).slice(2, 4), [
      'People: quota-mlisa: failed: its quota is used up until 2126-11-24 14:10 UTC',
      'People: gated-first: found',
    ])
  })

  test('says why somebody is asked again, and until when, without holding up the other lines', async (t) => {
    const patient = await startDesk({
      automations: [automation({ name: 'answer', on: ticketCreated(), enrich: [who], tell: 'one comment' })],
      connectors: { people },
      ticketing: book.port,
    })
    t.after(() => patient.close())
    const { page, event } = ticketFor({ user: ['quota-soon', 'down', 'nemo'] })

    await patient.accept(event)

    const expected = [
      /^Answers: 1 of 3$/m,
      /^People: quota-soon: waiting for quota until \d{4}-\d\d-\d\d \d\d:\d\d UTC$/m,
      /^People: down: asked again by itself: nobody listens$/m,
      /^People: nemo: not found, /m,
    ]
    await until('all is told', () => expected.every((each) => each.test(page.comments[0] ?? '')), {
      shown: () => `${page.comments[0]}`,
    })
    assert.equal(page.comments.length, 1)
  })

  test('gathers what comes while it is being edited', async () => {
    const users = Array.from({ length: 20 }, (_, index) => `user${index}`)
    const { page, run } = ticketFor({ user: users })
    const before = book.edits

    await run()

    assert.match(page.comments[0] ?? '', /^Answers: 20 of 20\n/)
    assert.equal(page.comments.length, 1)
    assert.ok(book.edits - before < 20, `${book.edits - before} edits for 20 answers`)
  })

  test('says since when an answer is known that somebody else had asked for', async () => {
    const { page, run } = ticketFor({ md5 })

    await run()

    assert.match(page.comments[0] ?? '', new RegExp(`Cache: ${md5}: found, 2026-11-25 08:00 UTC`))
  })

  test('shows the other answers where one can’t be told, and fails the run with why', async () => {
    const { page, run } = ticketFor({ user: ['mlisa', 'untold'] })

    const end = await run()

    assert.equal(end.kind === 'run failed' && end.reason, 'tripped over the answer')
    assert.deepEqual(lines(page.comments[0]).slice(2), [
      'People: mlisa: found',
      'People: untold: failed: its answer could not be shown; the run says why',
      'People: mlisa',
      'Name: Full name of mlisa',
    ])
  })

  test('does not come where there is nothing to ask', async () => {
    const { page, run } = ticketFor({ host: 'mona-laptop' })

    const end = await run()

    assert.equal(end.kind, 'run finished')
    assert.deepEqual(page.comments, [])
  })

  test('says how many were not asked about', async () => {
    const { page, run } = ticketFor({ user: Array.from({ length: 22 }, (_, index) => `one-of-many-${index}`) })

    await run()

    assert.equal(page.comments.length, 1)
    assert.match(page.comments[0] ?? '', /Not asked: 2 more of the users\.$/)
  })
})
