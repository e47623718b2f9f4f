import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as z from 'zod'
import { type Desk, startDesk } from '../../test/automations/desk.ts'
import { type Notebook, notebook } from '../../test/automations/notebook.ts'
import { isOwn } from '../observables/is-own.ts'
import { automation } from './automation.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'
import { keepOwn } from './keep-own.ts'
import { programs } from './programs.ts'
import { request } from './request.ts'
import type { TicketCreated } from './ticket-events.ts'
import { ticketCommented, ticketCreated, ticketUpdated } from './ticket-triggers.ts'
import type { Trigger } from './trigger.ts'

function on<Data>(kind: string, holds?: (data: Data) => boolean): Trigger<Data> {
  return { kind, conditions: holds === undefined ? [] : [{ says: 'it is so', holds }] }
}

function isOf1970(alert: unknown): boolean {
  return (alert as { at?: unknown } | undefined)?.at === new Date(0).toISOString()
}

let serial = 0
function event(kind: string, data: unknown): AdderEvent {
  serial += 1
  return { kind, id: eventIdentity(kind, [String(serial)]), at: new Date().toISOString(), source: 'test', data }
}

const nothing = async () => undefined
const ticket = { id: '7', key: 'NB-7', url: 'https://notebook.example/NB-7' }

describe('the programs of automations', () => {
  const { matching, program } = programs({
    automations: [
      automation({ name: 'every', on: on('fire'), run: nothing }),
      automation({ name: 'hot', on: on<{ degrees: number }>('fire', ({ degrees }) => degrees > 100), run: nothing }),
      automation({ name: 'odd', on: on<{ where: string }>('fire', ({ where }) => where.length > 0), run: nothing }),
      automation({ name: 'by-request', on: request(z.object({})), run: nothing }),
      automation({ name: 'by-other-request', on: request(z.object({})), run: nothing }),
    ],
    connectors: new Map(),
    ticketing: undefined,
    keepOwn: keepOwn(isOwn()),
  })

  test('match by the kind of the event and by every condition', () => {
    assert.deepEqual(matching(event('fire', { degrees: 90, where: '' })), ['every'])
    assert.deepEqual(matching(event('fire', { degrees: 900, where: 'kitchen' })), ['every', 'hot', 'odd'])
    assert.deepEqual(matching(event('water', { degrees: 900 })), [])
  })

  test('match where a condition can’t be decided, so that the run can say so', () => {
    assert.deepEqual(matching(event('fire', { degrees: 90 })), ['every', 'odd'])
  })

  test('match a request by the automation that it names', () => {
    assert.deepEqual(matching(event('request.by-request', {})), ['by-request'])
  })

  test('know nothing of an automation that is gone', () => {
    assert.equal(program('gone'), undefined)
    assert.notEqual(program('every'), undefined)
  })
})

describe('a run', () => {
  let book: Notebook
  let desk: Desk
  const created: TicketCreated[] = []
  before(async () => {
    book = notebook()
    desk = await startDesk({
      automations: [
        automation({
          name: 'opens',
          on: on<{ user: string }>('alert'),
          run: ({ event, tickets }) => tickets.open({ summary: event.user, description: 'Look!', alert: event }),
        }),
        automation({
          name: 'opens-two',
          on: on('two-alerts'),
          run: async (context) => {
            await context.tickets.open({ summary: 'first' })
            await context.tickets.open({ summary: 'second' })
          },
        }),
        automation({
          name: 'opens-dated',
          on: on('dated-alert'),
          run: ({ tickets }) => tickets.open({ summary: 'dated', alert: { at: new Date(0) } }),
        }),
        automation({
          name: 'sees-date',
          on: { ...ticketCreated(), conditions: [{ says: 'it is of 1970', holds: ({ alert }) => isOf1970(alert) }] },
          run: nothing,
        }),
        automation({ name: 'sees', on: ticketCreated(), run: async ({ event }) => void created.push(event) }),
        automation({ name: 'odd', on: on<{ where: string }>('fire', ({ where }) => where.length > 0), run: nothing }),
        automation({ name: 'calm', on: on('fire'), run: nothing }),
        automation({ name: 'comments', on: ticketCommented(), run: ({ step }) => step('seen', () => true) }),
        automation({ name: 'updates', on: ticketUpdated(), run: ({ step }) => step('seen', () => true) }),
        automation({
          name: 'fails',
          on: on('mistake'),
          run: ({ tickets }) => tickets.comment(ticket, 'There is no such page'),
        }),
      ],
      ticketing: book.port,
    })
  })
  after(() => desk.close())

  function seen(eventId: string): boolean {
    return desk.observations.some((each) => each.event === eventId && each.kind === 'step' && each.step === 'seen')
  }

  test('opens a ticket and tells what starts on it, with the alert that it is for', async () => {
    await desk.run('opens', event('alert', { user: 'mlisa' }))

    const page = book.pages.find(({ input }) => input.summary === 'mlisa')
    assert.deepEqual(page?.input, { summary: 'mlisa', description: [{ kind: 'paragraph', content: ['Look!'] }] })
    await desk.ended('sees', eventIdentity('ticket.created', ['notebook.example', page.id]))
    const told = created.find(({ summary }) => summary === 'mlisa')
    assert.match(told?.marker ?? '', /^adder-[0-9a-f]{24}$/)
    assert.deepEqual(
      { ...told, marker: '' },
      {
        ticket: { id: page.id, key: page.key, url: page.url },
        summary: 'mlisa',
        description: 'Look!',
        labels: [],
        project: 'NB',
        type: 'Note',
        marker: '',
        alert: { user: 'mlisa' },
      },
    )
  })

  test('starts what matches the alert of its ticket as that is handed on, in which a Date is a text', async () => {
    await desk.run('opens-dated', event('dated-alert', {}))

    const page = book.pages.find(({ input }) => input.summary === 'dated')
    const end = await desk.ended('sees-date', eventIdentity('ticket.created', ['notebook.example', page?.id ?? '']))
    assert.equal(end.kind, 'run finished')
  })

  test('opens as many tickets as it asks for', async () => {
    await desk.run('opens-two', event('two-alerts', {}))

    const summaries = book.pages.map(({ input }) => input.summary)
    assert.deepEqual(
      summaries.filter((summary) => summary === 'first' || summary === 'second'),
      ['first', 'second'],
    )
  })

  test('fails with the condition that it can’t decide, beside the event’s other runs', async () => {
    const fire = event('fire', {})

    const [odd, calm] = await Promise.all([desk.run('odd', fire), desk.ended('calm', fire.id)])

    assert.equal(calm.kind, 'run finished')
    assert.equal(odd.kind === 'run failed' && odd.code, 'run.misuse')
    assert.match(odd.kind === 'run failed' ? odd.reason : '', /^"odd" can't tell whether it is so: Cannot read prop/)
  })

  test('fails with what the ticketing system refused', async () => {
    const end = await desk.run('fails', event('mistake', {}))

    assert.equal(end.kind === 'run failed' && end.code, 'run.step_refused')
    assert.match(end.kind === 'run failed' ? end.reason : '', /^notebook\.comment: Notebook: there is no page 7/)
  })

  test('does nothing for a comment that Adder made, and something for a person’s', async () => {
    const own = event('ticket.commented', { ticket, project: 'NB', comment: { id: 'own-1', body: '' } })
    const person = event('ticket.commented', { ticket, project: 'NB', comment: { id: 'person-1', body: '' } })

    await desk.run('comments', own)
    await desk.run('comments', person)

    assert.equal(seen(own.id), false)
    assert.equal(seen(person.id), true)
  })

  test('does nothing for an update that Adder made, and something for a person’s or nobody’s', async () => {
    const facts = { ticket, summary: '', description: '', labels: [], project: 'NB', type: 'Note', changes: [] }
    const own = event('ticket.updated', { ...facts, actor: { id: 'adder' } })
    const person = event('ticket.updated', { ...facts, actor: { id: 'robin' } })
    const nobody = event('ticket.updated', facts)

    for (const each of [own, person, nobody]) await desk.run('updates', each)

    assert.deepEqual(
      [own, person, nobody].map(({ id }) => seen(id)),
      [false, true, true],
    )
  })
})

test('a run that needs tickets fails clearly where there is no ticketing', async (t) => {
  const desk = await startDesk({
    automations: [automation({ name: 'opens', on: on('alert'), run: ({ tickets }) => tickets.open({ summary: 'x' }) })],
  })
  t.after(() => desk.close())

  const end = await desk.run('opens', event('alert', {}))

  assert.equal(end.kind, 'run failed')
  assert.equal(end.kind === 'run failed' && end.reason, '"opens" needs tickets, and the configuration has no ticketing')
})
