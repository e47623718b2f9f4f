import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { secretOf } from '../test/support/secret-of.ts'
import { delivery, inRun, openTestHistory, uuid } from '../test/support/test-history.ts'
import { until } from '../test/support/until.ts'
import { type SendingRecords, sendingRecords } from './app-records.ts'
import { History, type HistoryOptions } from './history/history.ts'
import { recordSendingState } from './history/record-sending.ts'
import { records } from './integrations/splunk-hec/records.ts'
import { startSplunkHec } from './integrations/splunk-hec/stand-in.ts'

interface Line {
  level: 'info' | 'warn' | 'error'
  fields: Record<string, unknown>
  message: string
}

/** A history, a collector, and as many Adders that send from one to the other as are started. */
async function desk(t: TestContext) {
  const { history, store } = await openTestHistory(t, { keepsUnsent: true })
  const hec = await startSplunkHec()
  t.after(() => hec.close())
  const token = secretOf(t, hec.token)
  const lines: Line[] = []
  const log = (level: Line['level']) => (fields: Record<string, unknown>, message: string) =>
    void lines.push({ level, fields, message })
  const start = (of = history): SendingRecords => {
    const sending = sendingRecords({
      history: of,
      port: records({ url: hec.url, token }).connect(),
      title: 'Splunk HEC',
      log: { info: log('info'), warn: log('warn'), error: log('error') } as Parameters<typeof sendingRecords>[0]['log'], // it calls them in this way only
      everyMs: 10,
      firstRetryMs: 10,
      settledMs: 0,
    })
    t.after(() => sending.close())
    return sending
  }
  const sent = () => hec.events().map(({ fields }) => String(fields?.adder_record))
  const state = () => history.ask(recordSendingState)
  const said = () => lines.map(({ level, message }) => `${level}: ${message}`)
  return { history, store, hec, start, sent, state, lines, said }
}

const finished = (id: string) => inRun(id, { kind: 'run finished' })
const tell = (history: History, count: number, from = 0) => {
  for (let number = from; number < from + count; number += 1) history.observation(finished(`inv_${number}`))
}
const numbered = (count: number) => new Set(Array.from({ length: count }, (_, number) => `inv_${number}`))

describe('the records of runs and deliveries', () => {
  test('are sent as they end, each once, and the log says so once', async (t) => {
    const { history, start, sent, state, said } = await desk(t)
    start()

    history.delivery(delivery(1))
    await until('the delivery is sent', () => sent().length === 1)
    tell(history, 1)
    await until('the run is sent', () => sent().length === 2)

    await until('none waits', async () => (await state()).waiting === 0)
    assert.deepEqual(sent(), [uuid(1), 'inv_0'])
    assert.deepEqual(said(), ['info: records are sent'])
    assert.ok((await state()).sentAt)
  })

  test('of an outage are sent when it is over, in requests of at most a hundred', async (t) => {
    const { history, hec, start, sent, state, said } = await desk(t)
    hec.misbehave({ down: true })
    start()
    tell(history, 250)
    await until('it is told', async () => (await state()).fault !== undefined)
    await until('it has tried again', () => said().length === 1)
    const { waiting, fault } = await state()
    assert.deepEqual([waiting, fault?.code], [250, 'connector.unavailable'])

    hec.misbehave({})

    await until('all are sent', async () => (await state()).waiting === 0)
    assert.deepEqual(new Set(sent()), numbered(250))
    assert.equal(sent().length, 250)
    assert.deepEqual((await state()).fault, undefined)
    assert.deepEqual(said(), ['error: records can not be sent, and wait', 'info: records are sent'])
  })

  test('wait for a restart, and are sent after it', async (t) => {
    const { history, hec, start, sent, state } = await desk(t)
    hec.misbehave({ down: true })
    const before = start()
    tell(history, 3)
    await until('it is told', async () => (await state()).fault !== undefined)
    await before.close()
    tell(history, 2, 3)
    hec.misbehave({})

    start()

    await until('all are sent', async () => (await state()).waiting === 0)
    assert.deepEqual(new Set(sent()), numbered(5))
    assert.equal(sent().length, 5)
  })

  test('whose answer got lost are sent again under the same ids', async (t) => {
    const { history, hec, start, sent, state } = await desk(t)
    hec.misbehave({ lostAnswers: 1 })
    start()
    tell(history, 2)
    await until('some have arrived', () => sent().length > 0)
    hec.misbehave({})

    await until('all are sent', async () => (await state()).waiting === 0)
    assert.deepEqual(new Set(sent()), numbered(2))
    assert.ok(sent().length > 2)
  })

  const refusals: ['busy' | 'token disabled', string, RegExp][] = [
    ['busy', 'connector.unavailable', /503/],
    ['token disabled', 'connector.refused', /403 .*Token disabled/],
  ]
  for (const [why, code, words] of refusals)
    test(`wait while the collector says "${why}", which is told once`, async (t) => {
      const { history, hec, start, sent, state, said } = await desk(t)
      hec.refuse(why)
      start()
      tell(history, 1)
      await until('it has tried four times', () => hec.requests.length >= 4)

      const { fault } = await state()
      assert.equal(fault?.code, code)
      assert.match(fault?.reason ?? '', words)
      assert.deepEqual(said(), ['error: records can not be sent, and wait'])
      hec.refuse()
      await until('it is sent', async () => (await state()).waiting === 0)
      assert.deepEqual(sent(), ['inv_0'])
    })

  test('say why they wait now, also where the fault was of the same kind before', async (t) => {
    const { history, hec, start, state } = await desk(t)
    const reason = async () => (await state()).fault?.reason ?? ''
    hec.misbehave({ down: true })
    start()
    tell(history, 1)
    await until('it is told', async () => (await reason()) !== '')
    assert.doesNotMatch(await reason(), /503/)

    hec.misbehave({})
    hec.refuse('busy')

    await until('the reason is the present one', async () => /503/.test(await reason()))
  })

  test('are given up where the collector refuses them for what they are, with an error that names them', async (t) => {
    const { history, hec, start, sent, state, lines } = await desk(t)
    hec.refuse({ record: 'inv_1' })
    start()
    tell(history, 3)

    await until('none waits', async () => (await state()).waiting === 0)
    assert.deepEqual(new Set(sent()), new Set(['inv_0', 'inv_2']))
    const refused = lines.filter(({ level }) => level === 'error')
    assert.deepEqual(
      refused.map(({ fields }) => [fields.run, fields.reason]),
      [['inv_1', 'Invalid data format (6)']],
    )
  })

  test('are told of anew when they wait for another reason', async (t) => {
    const { history, hec, start, said } = await desk(t)
    hec.refuse('busy')
    start()
    tell(history, 1)
    await until('it is told', () => said().length === 1)

    hec.refuse('token disabled')

    await until('the other is told', () => said().length === 2)
  })

  test('are sent by one of several Adders, and by another one when that ends', async (t) => {
    const { history, store, start, sent, state } = await desk(t)
    const log = () => undefined
    const other = new History({
      store,
      retentionDays: 30,
      keepsUnsent: true,
      log: { info: log, warn: log, error: log } as HistoryOptions['log'], // it calls them in this way only
    })
    await other.open()
    t.after(() => other.close())
    const [first] = [start(), start(other)]
    for (let round = 0; round < 20; round += 1) {
      tell(round % 2 === 0 ? history : other, 10, round * 10)
      if (round === 10) await first?.close()
      await until('these are sent', () => new Set(sent()).size === (round + 1) * 10)
    }

    await until('none waits', async () => (await state()).waiting === 0)
    assert.deepEqual(new Set(sent()), numbered(200))
    assert.equal(sent().length, 200)
  })

  test('are no reason to wait for whoever closes', async (t) => {
    const { history, hec, start, sent } = await desk(t)
    hec.misbehave({ slowMs: 60_000 })
    const sending = start()
    tell(history, 1)
    await until('it is under way', () => sent().length > 0)

    await sending.close()
  })

  test('hold no place for what expired unsent, and the log says how much that was', async (t) => {
    const logged: Line[] = []
    const log = (fields: Record<string, unknown>, message: string) =>
      void logged.push({ level: 'error', fields, message })
    const { history, store } = await openTestHistory(t, { keepsUnsent: true })
    history.observation(finished('inv_1'))
    await history.ask(async () => undefined)
    const later = new History({
      store,
      retentionDays: 30,
      keepsUnsent: true,
      now: () => Date.now() + 31 * 24 * 60 * 60 * 1000,
      log: { info: log, warn: log, error: log } as HistoryOptions['log'], // it calls them in this way only
    })
    t.after(() => later.close())

    await later.open()

    await until('it is told', () => logged.some(({ message }) => message.startsWith('records have expired')))
    assert.equal((await later.ask(recordSendingState)).waiting, 0)
  })
})
