import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Desk, startDesk } from '../../test/automations/desk.ts'
import { type Notebook, notebook } from '../../test/automations/notebook.ts'
import type { Connector } from '../connectors/connector.ts'
import { type Answer, found, notFound, type Outcome } from '../connectors/outcome.ts'
import { ConnectorRateLimited, ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'
import { facts } from '../tickets/document.ts'
import type { TicketRef } from '../tickets/ticketing.ts'
import { automation } from './automation.ts'
import { enrichment } from './enrichment.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'
import type { Connectors } from './register.ts'
import type { TicketCreated } from './ticket-events.ts'
import { ticketCreated } from './ticket-triggers.ts'

/** Stands for outside systems that know what the user's name says: `mlisa` is known, `nemo` is not, and so on. */
const people: Connector = {
  lookups: { user: (name: string) => answerTo(name) },
  effects: {},
  probe: async () => undefined,
  close: async () => undefined,
}
const asked = new Map<string, number>()

async function answerTo(name: string): Promise<Answer<{ name: string }>> {
  asked.set(name, (asked.get(name) ?? 0) + 1)
  if (name === 'nemo') return notFound()
  if (name === 'forbidden') throw new ConnectorRefused('People: you may not ask.', { status: 403 })
  if (name === 'quota')
    throw new ConnectorRateLimited('People: over quota', { until: new Date('2126-11-24T14:10:30Z') })
  const isDown = name === 'sleeper' && (asked.get(name) ?? 0) <= 4
  if (isDown) throw new ConnectorUnavailable('People: nobody listens there', { mayHaveHappened: false })
  return found({ name: `Full name of ${name}` })
}

type People = { people: { user(name: string): Promise<Outcome<{ name: string }>> } }

function askPeople(name: string, connectors: Connectors): Promise<Outcome<{ name: string }>> {
  const { people } = connectors as unknown as People // no configuration registers this file's connectors
  return people.user(name)
}

const who = enrichment({
  name: 'who',
  title: 'People',
  of: ['user'],
  ask: askPeople,
  tell: ({ name }) => facts({ Name: name }),
  byHand: (name) => `https://people.example/${name}`,
})
const whatFile = enrichment({
  name: 'what-file',
  title: 'Files',
  of: ['md5'],
  ask: async () => notFound(),
  tell: () => 'never told',
})
const clumsy = enrichment({
  name: 'clumsy',
  title: 'Clumsy',
  of: ['sha1'],
  ask: async () => found(1),
  tell: () => {
    throw new Error('tripped over the answer')
  },
})

const outside = enrichment({
  name: 'outside',
  title: 'Outside',
  of: ['ip', 'domain'],
  ask: (value, connectors) => (connectors as unknown as Outside).outside.host(value), // registered by no configuration
  tell: ({ name }) => facts({ Known: name }),
  byHand: (value) => `https://outside.example/${value}`,
})
type Outside = { outside: { host(value: string): Promise<Outcome<{ name: string }>> } }
const outsideAsked: string[] = []
/** Has a quota, of which what is one's own must take nothing. */
const outsideService: Connector = {
  lookups: {
    host: async (value: string) => {
      outsideAsked.push(value)
      return found({ name: value })
    },
  },
  effects: {},
  isOutside: true,
  quota: [{ requests: 100, per: 'minute' }],
  probe: async () => undefined,
  close: async () => undefined,
}

const md5 = '9e107d9d372bb6826bd81d3542a419d6'
const sha1 = '0c5f7e2a1d8b9c6e4f3a2b1c0d9e8f7a6b5c4d3e'

describe('enrich', { concurrency: true }, () => {
  let book: Notebook
  let desk: Desk
  before(async () => {
    book = notebook()
    desk = await startDesk({
      automations: [automation({ name: 'answer', on: ticketCreated(), enrich: [who, whatFile, clumsy, outside] })],
      connectors: { people, outside: outsideService },
      own: { domains: ['acme.com'] },
      ticketing: book.port,
      policy: { lookupPatienceMs: 12_000 },
    })
  })
  after(() => desk.close())

  /** Runs the automation for a new ticket, and gives the ticket's comments. */
  async function enriched(about: Partial<TicketCreated>) {
    const ticket: TicketRef = { id: String(book.pages.length + 1), key: `NB-${book.pages.length + 1}`, url: '' }
    const page = { ...ticket, input: { summary: 'A ticket' }, comments: [] as string[] }
    book.pages.push(page)
    const end = await desk.run('answer', created(ticket, about))
    return { comments: page.comments.toSorted(), end }
  }

  function created(ticket: TicketRef, about: Partial<TicketCreated>): AdderEvent {
    const facts = { summary: 'A ticket', description: '', labels: [], project: 'NB', type: 'Note' }
    return {
      kind: 'ticket.created',
      id: eventIdentity('ticket.created', [ticket.id]),
      at: new Date().toISOString(),
      source: 'notebook',
      data: { ticket, ...facts, ...about },
    }
  }

  test('comments what each enrichment says of each observable of the alert, under its name', async () => {
    const { comments, end } = await enriched({ alert: { user: 'mlisa', md5, nested: [{ src_user: 'nemo' }] } })

    assert.deepEqual(comments, [
      `Files: ${md5}\nFiles was asked and does not know this file.`,
      'People: mlisa\nName: Full name of mlisa',
      'People: nemo\nPeople was asked and does not know this user.',
    ])
    assert.equal(end.kind, 'run finished')
  })

  test('says what could not be asked, why, and how to look it up by hand', async () => {
    const { comments } = await enriched({ alert: { user: 'forbidden' } })

    assert.deepEqual(comments, [
      'People: forbidden\nPeople could not be asked: you may not ask.\nLook it up by hand: https://people.example/forbidden',
    ])
  })

  test('says until when a quota is used up', async () => {
    const { comments } = await enriched({ alert: { user: 'quota' } })

    assert.deepEqual(comments, [
      'People: quota\nPeople could not be asked: its quota is used up until 2126-11-24 14:10 UTC.\nLook it up by hand: https://people.example/quota',
    ])
  })

  test('tells of a system that is down, and edits that comment when it answers', async () => {
    const { comments } = await enriched({ alert: { user: 'sleeper', md5 } })

    assert.equal(book.edits, 1)
    assert.deepEqual(comments, [
      `Files: ${md5}\nFiles was asked and does not know this file.`,
      'People: sleeper\nName: Full name of sleeper',
    ])
  })

  test('reads the text of a ticket that a person wrote, and not that of one that Adder wrote', async () => {
    const description = `Please look\nuser: mlisa\nand ${md5}`

    const byPerson = await enriched({ description })
    const byAdder = await enriched({ description, marker: 'adder-0123456789abcdef01234567' })

    assert.equal(byPerson.comments.length, 2)
    assert.deepEqual(byAdder.comments, [])
  })

  test('asks nobody outside about what is one’s own, and says in one comment what that was', async () => {
    const { comments, end } = await enriched({ alert: { src: '10.1.2.3', dest: '8.8.4.4', via: 'proxy.acme.com' } })

    assert.deepEqual(comments, [
      'Outside: 8.8.4.4\nKnown: 8.8.4.4',
      'Your own, and not asked about\nWhat is your own is not told to outside services: 10.1.2.3 (Outside), proxy.acme.com (Outside).',
    ])
    assert.equal(end.kind, 'run finished')
    assert.deepEqual(
      outsideAsked.filter((value) => value !== '8.8.4.4'),
      [],
    )
  })

  test('fails the run where an answer can’t be told, after the others were told', async () => {
    const { comments, end } = await enriched({ alert: { user: 'mlisa', sha1 } })

    assert.deepEqual(comments, ['People: mlisa\nName: Full name of mlisa'])
    assert.equal(end.kind === 'run failed' && end.reason, 'tripped over the answer')
  })

  test('fails the run with every fault where several answers can’t be told', async () => {
    const { comments, end } = await enriched({
      alert: { user: 'mlisa', first: sha1, second: sha1.replace('0c', '1c') },
    })

    assert.deepEqual(comments, ['People: mlisa\nName: Full name of mlisa'])
    assert.equal(
      end.kind === 'run failed' && end.reason,
      '2 enrichments failed: tripped over the answer; tripped over the answer',
    )
  })

  test('fails the run once where the ticket is gone, whatever was to be told', async () => {
    const gone: TicketRef = { id: 'gone', key: 'NB-0', url: '' }

    const end = await desk.run('answer', created(gone, { alert: { user: 'mlisa', md5 } }))

    assert.ok(end.kind === 'run failed')
    assert.deepEqual([end.code, end.reason], ['run.step_refused', 'notebook.comment: Notebook: there is no page gone'])
  })

  test('says how many users and files were not asked about, of the kinds that anybody is asked about', async () => {
    const hashes = (length: number) =>
      Array.from({ length: 21 }, (_, index) => index.toString(16).padStart(length, '0'))
    const user = Array.from({ length: 22 }, (_, index) => `user${index}`)

    const { comments } = await enriched({ alert: { user, md5: hashes(32), sha256: hashes(64) } })

    assert.equal(comments.length, 41)
    assert.deepEqual(
      comments.filter((text) => text.startsWith('Not asked about')),
      [
        'Not asked about\nAt most 20 of a kind are asked about. Not asked: 2 more of the users, 1 more of the MD5 hashes.',
      ],
    )
  })
})
