import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Desk, startDesk } from '../../test/automations/desk.ts'
import { notebook } from '../../test/automations/notebook.ts'
import { until } from '../../test/support/until.ts'
import { found } from '../connectors/outcome.ts'
import { ConnectorRateLimited, ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'
import type { Ticketing } from '../tickets/ticketing.ts'
import { automation } from './automation.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'
import { ticketCommented, ticketUpdated } from './ticket-triggers.ts'

const ticket = { id: '7', key: 'NB-7', url: 'https://notebook.example/NB-7' }
const silences = {
  down: () => new ConnectorUnavailable('Notebook: nobody listens there', { mayHaveHappened: false }),
  quota: () => new ConnectorRateLimited('Notebook: over quota', { until: new Date('2126-11-24T14:10:30Z') }),
  refused: () => new ConnectorRefused('Notebook: the token has expired', { status: 401 }),
}

/** A notebook that does not say whose comment it is, for good or (`later`) twice, as the comment's id asks. */
function silentNotebook(): Ticketing {
  const { port } = notebook()
  const asked = new Map<string, number>()
  return {
    ...port,
    lookups: {
      ...port.lookups,
      isOwnComment: async ({ commentId }) => {
        const times = (asked.get(commentId) ?? 0) + 1
        asked.set(commentId, times)
        if (commentId === 'later' && times > 2) return found(true)
        const silence = Object.entries(silences).find(([name]) => name === commentId)?.[1] ?? silences.down
        throw silence()
      },
      ownAccount: async () => {
        throw silences.refused()
      },
    },
  }
}

describe('while nobody says whether an event is an echo', { concurrency: true }, () => {
  let desk: Desk
  before(async () => {
    desk = await startDesk({
      automations: [
        automation({ name: 'comments', on: ticketCommented(), run: ({ step }) => step('seen', () => true) }),
        automation({ name: 'updates', on: ticketUpdated(), run: ({ step }) => step('seen', () => true) }),
      ],
      ticketing: silentNotebook(),
      policy: { patienceMs: 2000, lookupPatienceMs: 500 },
    })
  })
  after(() => desk.close())

  const commented = (id: string) => event('ticket.commented', id, { comment: { id, body: '' } })
  const updated = event('ticket.updated', 'update', {
    ...{ summary: '', description: '', labels: [], type: 'Note', changes: [] },
    actor: { id: 'adder' },
  })
  const cases: [title: string, event: AdderEvent, step: string][] = [
    ['which is down', commented('down'), 'notebook.isOwnComment'],
    ['whose quota is used up', commented('quota'), 'notebook.isOwnComment'],
    ['which refuses', commented('refused'), 'notebook.isOwnComment'],
    ['which does not say who Adder is', updated, 'notebook.ownAccount'],
  ]
  for (const [title, asked, step] of cases) {
    test(`its run waits for a person, with a ticketing system ${title}`, async () => {
      await desk.accept(asked)

      await until('the run waits for a person', () => kinds(asked).includes('waiting'))
      assert.deepEqual(stepsOf(asked), [step])
      assert.equal(kinds(asked).includes('run finished'), false)
    })
  }

  test('its run goes on when it is told', async () => {
    const later = commented('later')

    const end = await desk.run('comments', later)

    assert.equal(end.kind, 'run finished')
    assert.deepEqual(stepsOf(later), ['notebook.isOwnComment'])
  })

  function kinds({ id }: AdderEvent): string[] {
    return desk.observations.filter(({ event }) => event === id).map(({ kind }) => kind)
  }

  function stepsOf({ id }: AdderEvent): string[] {
    const steps = desk.observations.flatMap((each) => (each.event === id && each.kind === 'step' ? [each.step] : []))
    return [...new Set(steps)]
  }
})

function event(kind: string, name: string, data: object): AdderEvent {
  const id = eventIdentity(kind, [name])
  return { kind, id, at: new Date().toISOString(), source: 'test', data: { ticket, project: 'NB', ...data } }
}
