import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dataFolder } from '../../test/engine/data-folder.ts'
import type { TestEvent } from '../../test/engine/engine-child.ts'
import { startTestEngine, type TestEngine, type TestProgram } from '../../test/engine/start-test-engine.ts'
import { until } from '../../test/support/until.ts'
import type { Schedule } from './clocks.ts'

const secondMs = 1000

/** Due at whole seconds. */
const everySecond: Schedule<TestEvent> = {
  text: 'every second',
  next: (after) => (Math.floor(after / secondMs) + 1) * secondMs,
  event: (dueAt) => ({ id: dueAt.toString(16).padStart(64, '0'), at: new Date(dueAt).toISOString(), kind: 'tick' }),
}

/** A program that notes when it was due, and the clock that starts it. */
function ticking(schedule = everySecond) {
  const due: number[] = []
  const tick: TestProgram = ({ event, steps }) => steps.step('note', () => due.push(Date.parse(event.at)))
  return { due, programs: { 'tick-tock': tick }, schedules: new Map([['tick-tock', schedule]]) }
}

async function timers({ engine }: TestEngine): Promise<number> {
  const [row] = await engine.admin.query<{ timers: number }>(
    "SELECT count(*) AS timers FROM sys_invocation WHERE target_service_name = 'adder.clocks' AND status = 'scheduled'",
  )
  return row?.timers ?? 0
}

test('a schedule starts its automation at each of its times, once', async (t) => {
  const { due, programs, schedules } = ticking()
  const made = await startTestEngine(t, programs, { schedules })

  await until('it has ticked three times', () => due.length >= 3)

  assert.equal(new Set(due).size, due.length)
  assert.ok(due.every((at) => at % secondMs === 0))
  assert.equal(await timers(made), 1)
})

test('ticks that were missed while nothing ran are one tick, and the next ones are in time', async (t) => {
  const folder = dataFolder(t)
  const { due, programs, schedules } = ticking()
  const first = await startTestEngine(t, programs, { folder, schedules })
  await until('it has ticked', () => due.length >= 1)
  await first.engine.close()
  const before = due.length
  const stoppedAt = Date.now()
  await until('some ticks were missed', () => Date.now() > stoppedAt + 4 * secondMs)
  const startedAt = Date.now()

  await startTestEngine(t, programs, { folder, schedules })

  await until('it has ticked on', () => due.length >= before + 3)
  const late = due.slice(before).filter((at) => at < startedAt)
  assert.ok(late.length <= 1, `ticked for ${late.length} missed times`)
  assert.equal(new Set(due).size, due.length)
})

test('a changed schedule takes the place of the old one', async (t) => {
  const folder = dataFolder(t)
  const rarely = ticking({ ...everySecond, text: 'every hour', next: (after) => after + 3_600_000 })
  const first = await startTestEngine(t, rarely.programs, { folder, schedules: rarely.schedules })
  await until('its clock is set', async () => (await timers(first)) === 1)
  await first.engine.close()
  const { due, programs, schedules } = ticking()

  await startTestEngine(t, programs, { folder, schedules })

  await until('it ticks by the new one', () => due.length >= 2)
})

test('the clock of an automation that was taken away stops, and leaves nothing', async (t) => {
  const folder = dataFolder(t)
  const { due, programs, schedules } = ticking()
  const first = await startTestEngine(t, programs, { folder, schedules })
  await until('it has ticked', () => due.length >= 1)
  await first.engine.close()
  const before = due.length

  const made = await startTestEngine(t, programs, { folder })

  const state = "SELECT service_key FROM state WHERE service_name = 'adder.clocks'"
  await until('there is no timer', async () => (await made.engine.admin.query(state)).length === 0)
  assert.equal(await timers(made), 0)
  assert.equal(due.length, before)
})

test('a timer that got lost is set again at the next start', async (t) => {
  const folder = dataFolder(t)
  const { due, programs, schedules } = ticking()
  const { engine } = await startTestEngine(t, programs, { folder })
  const dueAt = Math.floor(Date.now() / secondMs - 3600) * secondMs
  const timer = JSON.stringify({ text: everySecond.text, dueAt, setAt: dueAt - secondMs, id: 'lost' })
  await engine.admin.setState('adder.clocks', 'tick-tock', { timer })
  await until('it is set', async () => (await engine.admin.query('SELECT key FROM state')).length === 1)
  await engine.close()

  await startTestEngine(t, programs, { folder, schedules })

  await until('it ticks', () => due.length >= 2)
  assert.equal(due[0], dueAt)
})

test('ticks of a paused automation wait, and are one when it goes on', async (t) => {
  const { due, programs, schedules } = ticking()
  const { engine } = await startTestEngine(t, programs, { schedules })
  await until('it has ticked', () => due.length >= 1)
  await engine.pauses.pause({ what: 'automation', name: 'tick-tock', by: 'mara' })
  const before = due.length
  const pausedAt = Date.now()
  await until('some ticks were held back', () => Date.now() > pausedAt + 4 * secondMs)
  const held = due.length
  const resumedAt = Date.now()

  await engine.pauses.resume({ what: 'automation', name: 'tick-tock' })

  await until('it ticks again', () => due.length >= held + 2)
  const late = due.slice(before).filter((at) => at > pausedAt && at < resumedAt)
  assert.ok(late.length <= 1, `ticked for ${late.length} times that were held back`)
})
