import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Desk, startDesk } from '../../test/automations/desk.ts'
import { type Notebook, notebook } from '../../test/automations/notebook.ts'
import { found, notFound } from '../connectors/outcome.ts'
import { ConnectorUnavailable } from '../errors/connector-errors.ts'
import type { MadeTicket, Ticketing } from '../tickets/ticketing.ts'
import { automation } from './automation.ts'
import { doubledEvent, reportDoubledTickets } from './doubled-tickets.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'

const event: AdderEvent = {
  kind: 'alert',
  id: eventIdentity('alert', ['1']),
  at: '2026-11-25T08:00:00.000Z',
  source: 'test',
  data: {},
}

describe('two tickets with one marker', () => {
  let book: Notebook
  let desk: Desk
  const warnings: Record<string, unknown>[] = []
  before(async () => {
    book = notebook()
    desk = await startDesk({
      automations: [
        automation({
          name: 'open',
          on: { kind: 'alert', conditions: [] },
          run: ({ tickets }) => tickets.open({ summary: 'One' }),
        }),
        reportDoubledTickets((fields) => void warnings.push(fields)),
      ],
      ticketing: doubling(book),
    })
  })
  after(() => desk.close())

  test('that the run finds which opened them are reported on both, and in the log', async () => {
    const opened = await desk.run('open', event)
    const [first, second] = book.pages
    assert.ok(opened.kind === 'run finished' && first !== undefined && second !== undefined)

    const marker = desk.observations.flatMap((each) => (each.kind === 'intended' ? [each.marker] : []))[0] ?? ''
    const report = doubledEvent({
      ticket: first,
      other: second,
      marker,
      site: 'notebook.example',
      source: 'notebook',
      at: event.at,
    })
    const reported = await desk.ended('adder.doubled-tickets', report.id)

    assert.equal(reported.kind, 'run finished')
    assert.match(
      first.comments.join(),
      /^Adder opened two tickets where there should be one: this and NB-2\. .*It goes on in this one\.$/,
    )
    assert.match(
      second.comments.join(),
      /^Adder opened two tickets where there should be one: this and NB-1\. .*this one can be closed\.$/,
    )
    assert.deepEqual(warnings, [{ marker, ticket: 'NB-1', other: 'NB-2' }])
  })

  test('of which one was deleted are reported on the other', async () => {
    const [first] = book.pages
    assert.ok(first)
    const deleted = { id: '77', key: 'NB-77', url: 'https://notebook.example/NB-77' }
    const about = { marker: 'adder-2', site: 'notebook.example', source: 'notebook', at: event.at }
    const before = first.comments.length

    const end = await desk.run('adder.doubled-tickets', doubledEvent({ ticket: deleted, other: first, ...about }))

    assert.equal(end.kind, 'run finished')
    assert.equal(first.comments.length, before + 1)
  })
})

/** A notebook in which a page is opened twice before anybody finds it. */
function doubling({ pages, port }: Notebook): Ticketing {
  const { make } = port.effects.open
  return {
    ...port,
    effects: {
      ...port.effects,
      open: {
        once: 'by marker',
        finding: 'cheap',
        make: async (input, call) => {
          await make(input, call)
          await make(input, call)
          throw new ConnectorUnavailable('Notebook: the connection was cut', { mayHaveHappened: true, status: 500 })
        },
        find: async () => {
          const [first, ...others] = pages.map(({ id, key, url }): MadeTicket => ({ id, key, url }))
          return first === undefined ? notFound() : found({ ...first, others })
        },
      },
    },
  }
}
