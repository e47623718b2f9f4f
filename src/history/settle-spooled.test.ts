import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { delivery, event, openTestHistory, uuid } from '../../test/support/test-history.ts'
import { explainDelivery } from './explain-delivery.ts'
import type { RecordedDelivery } from './records.ts'
import { showDelivery } from './show-delivery.ts'

type EventState = RecordedDelivery['events'][0]['state']

function carrying(number: number, state: EventState): RecordedDelivery {
  return delivery(number, { state, events: [{ kind: 'splunk.alert', id: 'e1', state }] })
}

describe('a delivery that was spooled', () => {
  test('is told to wait for the engine, and then what it was', async (t) => {
    const { history } = await openTestHistory(t)
    const shown = async () => {
      const found = await history.ask((db) => showDelivery(db, uuid(1)))
      assert.ok(found)
      const { checks, events } = explainDelivery(found)
      return [found.state, events[0]?.state, checks.at(-1)?.detail]
    }

    history.delivery(carrying(1, 'spooled'))
    const before = await shown()
    history.delivery({ ...carrying(1, 'accepted'), ms: 5000 })
    const after = await shown()

    assert.deepEqual(before, ['spooled', 'spooled', 'it is on disk, and handed over as soon as the engine takes it'])
    assert.deepEqual(after, ['accepted', 'accepted', '1 event, accepted'])
  })

  test('is a duplicate of another delivery, and never of itself', async (t) => {
    const { history } = await openTestHistory(t)
    history.delivery(carrying(1, 'spooled'))
    history.delivery(carrying(2, 'spooled'))
    history.event('e1', () => event('e1', { delivery: uuid(1) }))
    await history.ask(async () => undefined)

    // Handed over twice: the answer to the first time was lost.
    history.delivery(carrying(1, 'duplicate'))
    history.delivery(carrying(2, 'duplicate'))
    const shown = await history.ask((db) => Promise.all([1, 2].map((number) => showDelivery(db, uuid(number)))))

    assert.deepEqual(
      shown.map((each) => [each?.state, each?.events[0]?.state]),
      [
        ['accepted', 'accepted'],
        ['duplicate', 'duplicate'],
      ],
    )
  })

  test('gets its end from the engine where a crash cut it off', async (t) => {
    const { history } = await openTestHistory(t)
    history.delivery(carrying(1, 'spooled'))
    await history.ask(async () => undefined)

    const { ms: _unknown, ...filledIn } = carrying(1, 'accepted')
    await history.fillIn([{ kind: 'delivery', at: Date.now(), delivery: filledIn }])
    const shown = await history.ask((db) => showDelivery(db, uuid(1)))

    assert.deepEqual([shown?.state, shown?.events.map(({ state }) => state)], ['accepted', ['accepted']])
  })
})
