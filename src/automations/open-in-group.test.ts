import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { type Desk, startDesk } from '../../test/automations/desk.ts'
import { type Notebook, notebook } from '../../test/automations/notebook.ts'
import { until } from '../../test/support/until.ts'
import { ConnectorInputInvalid, ConnectorUnavailable } from '../errors/connector-errors.ts'
import type { Ticketing } from '../tickets/ticketing.ts'
import { automation } from './automation.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'
import { ticketCreated } from './ticket-triggers.ts'
import type { OpenedTicket } from './tickets.ts'

interface Alert {
  /** The group. */
  user?: string | string[] | undefined
  what: string
}

const results = new Map<string, OpenedTicket>()
/** The ids of the tickets that were found. */
const found = new Map<string, string | undefined>()
const told: string[] = []

const grouping = automation({
  name: 'grouping',
  on: { kind: 'alert', conditions: [], data: undefined as unknown as Alert },
  run: async ({ event, tickets }) => {
    if (event.what.startsWith('where')) {
      found.set(event.what, (await tickets.find({ group: event.user }))?.id)
      return
    }
    const opened = await tickets.open({ summary: event.what, group: event.user, alert: event })
    results.set(event.what, opened)
  },
})
const tells = automation({
  name: 'tells',
  on: ticketCreated(),
  run: async ({ event }) => void told.push(event.ticket.id),
})

let serial = 0
function alert(what: string, user?: string | string[]): AdderEvent {
  serial += 1
  const id = eventIdentity('alert', [String(serial)])
  return { kind: 'alert', id, at: new Date().toISOString(), source: 'test', data: { what, user } }
}

/** A ticketing whose new tickets are opened when the test says so, and as their summary says. */
function slow(port: Ticketing, gate: Promise<void>): Ticketing {
  const { open } = port.effects
  const make: typeof open.make = async (input, call) => {
    if (input.summary.startsWith('bad')) throw new ConnectorInputInvalid('Notebook: no such page')
    if (input.summary.startsWith('gated')) await gate
    return open.make(input, call)
  }
  return { ...port, effects: { ...port.effects, open: { ...open, make } } }
}

describe('a group', { concurrency: true }, () => {
  let book: Notebook
  let desk: Desk
  before(async () => {
    book = notebook()
    desk = await startDesk({ automations: [grouping, tells], ticketing: book.port })
  })
  after(() => desk.close())

  const run = (event: AdderEvent) => desk.run('grouping', event)
  const pages = (what: string) => book.pages.filter(({ input }) => input.summary.startsWith(what))
  const page = (what: string) => {
    const [only, ...more] = pages(what)
    assert.ok(only !== undefined && more.length === 0, `${more.length + 1} tickets for ${what}`)
    return only
  }

  test('opens one ticket for 50 alerts at once, and numbers the others on it', async () => {
    const events = Array.from({ length: 50 }, (_, index) => alert(`crowd ${index}`, 'mlisa'))

    await Promise.all(events.map(run))

    const { comments, id } = page('crowd')
    const numbers = comments.map((text) => Number(/^Alert (\d+) of this ticket: crowd \d+\n/.exec(text)?.[1]))
    assert.deepEqual(
      numbers.toSorted((one, other) => one - other),
      Array.from({ length: 49 }, (_, index) => index + 2),
    )
    assert.deepEqual(
      events.map((_, index) => results.get(`crowd ${index}`)?.id),
      events.map(() => id),
    )
    await desk.ended('tells', eventIdentity('ticket.created', ['notebook.example', id]))
    assert.deepEqual(
      told.filter((each) => each === id),
      [id],
      'only a ticket that is really opened is told of',
    )
  })

  test('tells a later event the open ticket, and opens none for it', async () => {
    await run(alert('where is none', 'finding'))
    await run(alert('to find 1', 'finding'))
    await run(alert('where 1', 'finding'))
    await run(alert('where nothing is grouped'))
    await run(alert('to find 2', 'finding'))
    page('to find 1').isClosed = true
    await run(alert('where is a closed one', 'finding'))

    const { id, comments } = page('to find 1')
    assert.deepEqual(
      ['where is none', 'where 1', 'where nothing is grouped', 'where is a closed one'].map((what) => found.get(what)),
      [undefined, id, undefined, undefined],
    )
    assert.equal(comments.length, 1)
    assert.equal(results.get('to find 2')?.alertNumber, 2)
    assert.deepEqual(pages('where'), [])
  })

  test('says in the comment what the alert says', async () => {
    await run(alert('first', 'facts'))
    await run(alert('second', 'facts'))

    assert.deepEqual(page('first').comments, [
      'Alert 2 of this ticket: second\n{\n  "what": "second",\n  "user": "facts"\n}',
    ])
  })

  test('ends with its ticket: the next alert after that is closed, or gone, opens another', async () => {
    await run(alert('closing 1', 'closing'))
    await run(alert('closing 2', 'closing'))
    page('closing 1').isClosed = true
    await run(alert('closing 3', 'closing'))
    await run(alert('closing 4', 'closing'))
    page('closing 3').isGone = true
    await run(alert('closing 5', 'closing'))

    assert.deepEqual(
      pages('closing').map(({ input, comments }) => [input.summary, comments.length]),
      [
        ['closing 1', 1],
        ['closing 3', 1],
        ['closing 5', 0],
      ],
    )
  })

  test('counts an alert once, however often its run is run again', async () => {
    const first = alert('again 1', 'again')
    const second = alert('again 2', 'again')
    await run(first)
    await run(second)
    for (const what of ['again 1', 'again 2']) results.delete(what)

    for (const event of [second, first]) {
      const { run: id } = await desk.engine.rerun('grouping', event, 1)
      await until('it has run again', () =>
        desk.observations.some((each) => each.run === id && each.kind === 'run finished'),
      )
    }

    assert.equal(results.get('again 1')?.alertNumber, 1)
    assert.equal(results.get('again 2')?.alertNumber, 2)
    assert.equal(pages('again').length, 1)
    await run(alert('again 3', 'again'))
    assert.equal(results.get('again 3')?.alertNumber, 3)
  })

  test('is none for an alert that lacks what it would be grouped by', async () => {
    for (const user of [undefined, '', ' \n', [], ['']])
      for (const what of ['lacking', 'lacking']) await run(alert(what, user))

    assert.equal(pages('lacking').length, 10)
    assert.ok(pages('lacking').every(({ comments }) => comments.length === 0))
  })

  test('has the alerts of several values together, and those of a list of one with those of the value', async () => {
    for (const user of ['anna', ['anna'], ['anna', 'bert'], ['anna', 'bert']]) await run(alert('lists', user))

    assert.deepEqual(
      pages('lists').map(({ comments }) => comments.length),
      [1, 1],
    )
  })

  test('may be called anything, and any length', async () => {
    const names = ['x'.repeat(200_000), 'x'.repeat(200_001), `'"\\/../%00\u0000`, '\ud800', '__proto__', '🐍']

    await Promise.all(names.flatMap((name, index) => [1, 2].map(() => run(alert(`odd ${index}`, name)))))

    assert.equal(pages('odd').length, names.length)
    assert.ok(pages('odd').every(({ comments }) => comments.length === 1))
  })
})

describe('a group whose first alert has no ticket yet', { concurrency: true }, () => {
  test('holds up its own alerts, and no other group', async (t) => {
    const { book, desk, open } = await gatedDesk(t)
    const [first, second] = [alert('gated', 'slow'), alert('after it', 'slow')]
    for (const event of [first, second]) await desk.accept(event)

    await desk.run('grouping', alert('elsewhere', 'other'))

    assert.deepEqual(
      book.pages.map(({ input }) => input.summary),
      ['elsewhere'],
    )
    open()
    await Promise.all([first, second].map(({ id }) => desk.ended('grouping', id)))
    assert.deepEqual(
      book.pages.map(({ input, comments }) => [input.summary, comments.length]),
      [
        ['elsewhere', 0],
        ['gated', 1],
      ],
    )
  })

  test('goes on with the next alert where the first one is refused', async (t) => {
    const { book, desk } = await gatedDesk(t)

    const end = await desk.run('grouping', alert('bad', 'refused'))
    await desk.run('grouping', alert('good', 'refused'))

    assert.equal(end.kind === 'run failed' && end.reason, 'notebook.open: Notebook: no such page')
    assert.deepEqual(
      book.pages.map(({ input, comments }) => [input.summary, comments.length]),
      [['good', 0]],
    )
  })

  test('asks once more where a refused alert is run again', async (t) => {
    const { book, desk } = await gatedDesk(t)
    const event = alert('bad, then mended', 'mended')
    await desk.run('grouping', event)
    ;(event.data as Alert).what = 'mended' // what a person would do in the configuration

    const { run } = await desk.engine.rerun('grouping', event, 1)

    await until('it has run again', () =>
      desk.observations.some((each) => each.run === run && each.kind === 'run finished'),
    )
    assert.deepEqual(
      book.pages.map(({ input }) => input.summary),
      ['mended'],
    )
  })

  test('goes on with the next alert where a person cancels the first one, which waits for a person', async (t) => {
    const { book, desk } = await gatedDesk(t, { isDown: true, patienceMs: 1 })
    const [first, second] = [alert('first', 'cancelled'), alert('second', 'cancelled')]
    const { run } = await desk.engine.accept(first)
    await until('the first one waits for a person', () => desk.observations.some(({ kind }) => kind === 'waiting'))
    await desk.accept(second)

    assert.ok(desk.observations.every((each) => each.kind !== 'waiting' || each.run === run))
    desk.heal()
    await desk.engine.admin.cancel(run)

    await desk.ended('grouping', second.id)
    assert.deepEqual(
      book.pages.map(({ input, comments }) => [input.summary, comments.length]),
      [['second', 0]],
    )
  })

  test('tells the ticket that was being opened when it was asked for', async (t) => {
    const { book, desk, open } = await gatedDesk(t)
    const [first, second] = [alert('gated', 'turn'), alert('where is the gated one', 'turn')]
    await desk.accept(first)
    await until('the first one opens its ticket', () => desk.observations.some(({ kind }) => kind === 'intended'))
    await desk.accept(second)

    open()

    await desk.ended('grouping', second.id)
    assert.equal(found.get('where is the gated one'), book.pages[0]?.id)
  })

  test('goes on with all of them where a person has the first one tried again', async (t) => {
    const { book, desk } = await gatedDesk(t, { isDown: true, patienceMs: 1 })
    const events = [1, 2, 3].map((number) => alert(`patient ${number}`, 'patient'))
    const [first] = events
    assert.ok(first)
    await desk.accept(first)
    const waiting = await until('the first one waits for a person', () =>
      desk.observations.find((each) => each.kind === 'waiting'),
    )
    for (const event of events.slice(1)) await desk.accept(event)

    desk.heal()
    await desk.engine.resolveWait(waiting.kind === 'waiting' ? waiting.wait : '', { action: 'try again' })

    await Promise.all(events.map(({ id }) => desk.ended('grouping', id)))
    assert.deepEqual(
      book.pages.map(({ input, comments }) => [input.summary, comments.length]),
      [['patient 1', 2]],
    )
  })
})

/** A desk whose new tickets wait for `open()`, or whose notebook is down until it is healed. */
async function gatedDesk(t: TestContext, { isDown = false, patienceMs = 60_000 } = {}) {
  const book = notebook()
  const { promise, resolve: open } = Promise.withResolvers<void>()
  let down = isDown
  const port = slow(book.port, promise)
  const { make } = port.effects.open
  port.effects.open = {
    ...port.effects.open,
    make: (input, call) => {
      if (down) throw new ConnectorUnavailable('Notebook: closed', { mayHaveHappened: false })
      return make(input, call)
    },
  }
  const desk = await startDesk({ automations: [grouping], ticketing: port, policy: { patienceMs } })
  t.after(() => desk.close())
  return {
    book,
    open,
    desk: {
      ...desk,
      heal: () => {
        down = false
      },
    },
  }
}
