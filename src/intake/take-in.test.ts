import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { until } from '../../test/support/until.ts'
import type { AdderEvent } from '../automations/event.ts'
import { Problem } from '../endpoints/problem.ts'
import { EngineUnavailable } from '../engine/engine-errors.ts'
import type { Commit } from './commit-events.ts'
import type { DeliveryRecord } from './delivery.ts'
import { handOver } from './hand-over.ts'
import { Spool, type SpooledDelivery, type SpoolOptions } from './spool.ts'
import { takeIn } from './take-in.ts'

const silent = pino({ level: 'silent' })
const receivedAt = '2026-06-30T12:00:00.000Z'

function delivery(id: string, ...events: string[]): SpooledDelivery {
  return { delivery: { id, source: 'alarms', receivedAt }, events: events.map((each) => event(each)) }
}

function event(id: string, at = receivedAt): AdderEvent {
  return { kind: 'alarm', id, at, source: 'alarms', data: {} }
}

/** An engine that commits to memory, or is away, and a spool before it. */
function setUp(t: TestContext, options: Partial<SpoolOptions> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-take-in-'))
  const spool = new Spool({ file: path.join(folder, 'spool.db'), log: silent, ...options })
  t.after(async () => {
    await spool.close()
    rmSync(folder, { recursive: true })
  })
  spool.open()
  const state = { isAway: true }
  const known = new Set<string>()
  const commit: Commit = async ({ id }) => {
    if (state.isAway) throw new EngineUnavailable('The engine is starting')
    if (known.has(id)) return { state: 'duplicate' }
    known.add(id)
    return { state: 'accepted' }
  }
  const records: DeliveryRecord[] = []
  const record = (each: DeliveryRecord) => void records.push(each)
  return {
    spool,
    state,
    records,
    take: (arrived: SpooledDelivery) => takeIn(arrived, { commit, spool }),
    async handedOver() {
      const recorded = async () => undefined
      spool.handOverTo({ handOver: handOver({ commit, deliveries: { record }, log: silent }), recorded })
      state.isAway = false
      await until('all is handed over', () => !spool.isInUse)
      return records.map(({ delivery: _, ...each }: DeliveryRecord & { delivery?: unknown }) => [
        each.id,
        each.state,
        each.events.map((of) => of.state),
      ])
    },
  }
}

describe('a delivery that comes while the engine is away', () => {
  test('is spooled, and recorded under its name and its time when it is handed over', async (t) => {
    const { take, handedOver, records } = setUp(t)

    const taken = await take(delivery('d1', 'e1', 'e2'))

    const spooled = { kind: 'alarm', state: 'spooled' }
    assert.deepEqual(taken, {
      state: 'spooled',
      events: [
        { ...spooled, id: 'e1' },
        { ...spooled, id: 'e2' },
      ],
    })
    assert.deepEqual(await handedOver(), [['d1', 'accepted', ['accepted', 'accepted']]])
    assert.deepEqual([records[0]?.receivedAt, records[0]?.source], [receivedAt, 'alarms'])
  })

  test('is one event with whatever tells of the same, spooled or later', async (t) => {
    const { take, handedOver } = setUp(t)

    await Promise.all([take(delivery('d1', 'e1')), take(delivery('d2', 'e1'))])
    const handed = await handedOver()
    const later = await take(delivery('d3', 'e1'))

    assert.deepEqual(handed, [
      ['d1', 'accepted', ['accepted']],
      ['d2', 'duplicate', ['duplicate']],
    ])
    assert.equal(later.state, 'duplicate')
  })

  test('lets those that come after it wait behind it', async (t) => {
    const { take, state, handedOver } = setUp(t)

    await take(delivery('d1', 'e1'))
    state.isAway = false
    const second = await take(delivery('d2', 'e2'))

    assert.equal(second.state, 'spooled')
    assert.deepEqual(
      (await handedOver()).map(([id]) => id),
      ['d1', 'd2'],
    )
  })

  test('has stale events by the time at which it came', async (t) => {
    const { take, handedOver } = setUp(t)
    const old = event('e1', '2026-05-01T00:00:00.000Z')

    const { events } = await take({ ...delivery('d1'), events: [old, event('e2')] })
    const onlyOld = await take({ ...delivery('d2'), events: [old] })

    assert.deepEqual(
      events.map(({ state }) => state),
      ['stale', 'spooled'],
    )
    assert.equal(onlyOld.state, 'stale')
    assert.deepEqual(await handedOver(), [['d1', 'accepted', ['stale', 'accepted']]])
  })

  test('is answered with 503 where the spool has no room', async (t) => {
    const { take } = setUp(t, { maxDeliveries: 1 })
    await take(delivery('d1', 'e1'))

    const refused = await take(delivery('d2', 'e2')).catch((error: unknown) => error)

    assert.ok(refused instanceof Problem)
    assert.deepEqual([refused.status, refused.code, refused.headers['retry-after']], [503, 'intake.not_committed', '5'])
  })

  test('is not spooled for a fault that waiting does not mend', async (t) => {
    const { spool } = setUp(t)
    const commit: Commit = async () => {
      throw new Error('the engine answered 400')
    }

    await assert.rejects(takeIn(delivery('d1', 'e1'), { commit, spool }), Problem)

    assert.equal(spool.isInUse, false)
  })
})
