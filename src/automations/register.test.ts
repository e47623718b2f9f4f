import assert from 'node:assert/strict'
import { test } from 'node:test'
import { found } from '../connectors/outcome.ts'
import { automation } from './automation.ts'
import { enrichment } from './enrichment.ts'
import { ticketClosed, ticketCreated } from './ticket-triggers.ts'

// What is expected to be an error is one for the compiler: `tsc` fails where it accepts it.

test('a connector that the configuration does not have is a compile error in an enrichment', () => {
  const asks = enrichment({
    name: 'asks',
    title: 'Nobody',
    of: ['user'],
    // @ts-expect-error: there is no such connector
    ask: async (name, { nobody }) => found([name, nobody]),
    tell: () => '',
  })

  assert.equal(asks.type, 'enrichment')
})

test('a connector that the configuration does not have is a compile error in a run', () => {
  const runs = automation({
    name: 'runs',
    on: ticketCreated(),
    // @ts-expect-error: there is no such connector
    run: async ({ nobody }) => nobody,
  })

  assert.equal(runs.type, 'automation')
})

test('an event has the type of its trigger', () => {
  const runs = automation({
    name: 'runs',
    on: ticketClosed(),
    run: async ({ event }) => {
      const resolution: string | undefined = event.resolution
      // @ts-expect-error: a closed ticket has no alert
      return [resolution, event.alert]
    },
  })

  assert.equal(runs.on.kind, 'ticket.closed')
})

test('an enriching automation is one on created tickets, for the compiler', () => {
  const enriching = automation({
    name: 'enriching',
    // @ts-expect-error: nothing here is a new ticket
    on: { kind: 'fire', conditions: [{ says: '', holds: (data: { degrees: number }) => data.degrees > 100 }] },
    enrich: [],
  })

  assert.equal(enriching.type, 'automation')
})

test('what an enrichment tells is what it asked for', () => {
  const told = enrichment({
    name: 'told',
    title: 'Somebody',
    of: ['user'],
    ask: async () => found({ department: 'Art' }),
    // @ts-expect-error: the answer has no such property
    tell: ({ department, salary }) => `${department} ${salary}`,
  })

  assert.equal(told.tell({ department: 'Art', salary: 'little' }, 'mlisa'), 'Art little')
})
