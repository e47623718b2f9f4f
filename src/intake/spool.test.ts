import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { until } from '../../test/support/until.ts'
import { EngineUnavailable } from '../engine/engine-errors.ts'
import { type HandOver, Spool, type SpooledDelivery, type SpoolOptions } from './spool.ts'
import { NotSpooled, SpoolUnusable } from './spool-errors.ts'
import { SpoolFile } from './spool-file.ts'

function spoolFile(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-spool-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return path.join(folder, 'spool.db')
}

function opened(file: string, options: Partial<SpoolOptions> = {}) {
  const lines: Record<string, unknown>[] = []
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
  const spool = new Spool({ file, log, ...options })
  spool.open()
  return { spool, lines, messages: () => lines.map(({ msg }) => msg) }
}

function delivery(number: number, text = ''): SpooledDelivery {
  const receivedAt = '2026-06-30T12:00:00.000Z'
  const event = { kind: 'alarm', id: `e${number}`, at: receivedAt, source: 'alarms', data: { text } }
  return { delivery: { id: `d${number}`, source: 'alarms', receivedAt }, events: [event] }
}

/** An engine that can be away, and what it was handed over. */
function engine() {
  const taken: string[] = []
  const state = { isAway: false }
  const handOver: HandOver = async ({ delivery: { id } }) => {
    await Promise.resolve()
    if (state.isAway) throw new EngineUnavailable('away')
    taken.push(id)
  }
  return { taken, state, handing: { handOver, recorded: async () => undefined } }
}

function numbered(count: number): SpooledDelivery[] {
  return Array.from({ length: count }, (_, index) => delivery(index + 1))
}

const ids = (deliveries: readonly SpooledDelivery[]) => deliveries.map((each) => each.delivery.id)

describe('the spool', () => {
  test('has on disk what it has taken in, readable by its owner alone', async (t) => {
    const file = spoolFile(t)
    const { spool } = opened(file)

    await Promise.all(numbered(100).map((each) => spool.put(each)))

    const copy = new SpoolFile(file)
    assert.equal(copy.size().rows, 100)
    copy.close()
    assert.equal(statSync(file).mode & 0o777, 0o600)
    await spool.close()
  })

  test('hands over in order what an earlier process has left, and removes it', async (t) => {
    const file = spoolFile(t)
    const { taken, handing } = engine()
    const earlier = opened(file)
    await Promise.all(numbered(200).map((each) => earlier.spool.put(each)))
    await earlier.spool.close()

    const { spool, lines } = opened(file)
    const wasInUse = spool.isInUse
    spool.handOverTo(handing)
    await until('all is handed over', () => !spool.isInUse)

    assert.deepEqual([wasInUse, taken], [true, ids(numbered(200))])
    assert.deepEqual(
      lines.map(({ msg, deliveries }) => [msg, deliveries]),
      [
        ['deliveries are in the spool from before the start', 200],
        ['the spool is handed over', 200],
      ],
    )
    await spool.close()
    const empty = new SpoolFile(file)
    assert.equal(empty.size().rows, 0)
    empty.close()
  })

  test('keeps what the engine does not take, and hands it over in order when it does', async (t) => {
    const { spool } = opened(spoolFile(t))
    const { taken, state, handing } = engine()
    state.isAway = true
    spool.handOverTo(handing)
    for (const each of numbered(150)) await spool.put(each)
    assert.deepEqual(taken, [])

    state.isAway = false
    await until('all is handed over', () => !spool.isInUse)

    assert.deepEqual(taken, ids(numbered(150)))
    await spool.close()
  })

  test('tells when it begins and when it ends, with counts', async (t) => {
    const { spool, lines } = opened(spoolFile(t))
    const { state, handing } = engine()
    state.isAway = true
    spool.handOverTo(handing)

    for (const each of numbered(3)) await spool.put(each)
    state.isAway = false
    await until('all is handed over', () => !spool.isInUse)

    assert.deepEqual(
      lines.map(({ level, msg, deliveries }) => [level, msg, deliveries]),
      [
        [40, 'deliveries are spooled: the engine is away', 1],
        [30, 'the spool is handed over', 3],
      ],
    )
    await spool.close()
  })

  test('hands over again what was handed over and not yet removed when the process was killed', async (t) => {
    const file = spoolFile(t)
    const { taken, handing } = engine()
    const { spool } = opened(file)
    const killed = Promise.withResolvers<void>()
    await spool.put(delivery(1))
    spool.handOverTo({ ...handing, recorded: () => killed.promise })
    await until('it is handed over', () => taken.length === 1)

    const left = `${file}.left`
    for (const companion of ['', '-wal']) copyFileSync(file + companion, left + companion)
    killed.resolve()
    await spool.close()
    const next = opened(left)
    next.spool.handOverTo(handing)
    await until('it is handed over again', () => !next.spool.isInUse)

    assert.deepEqual(taken, ['d1', 'd1'])
    await next.spool.close()
  })

  test('goes on past a delivery that can’t be handed over, which stays until the next start', async (t) => {
    const file = spoolFile(t)
    const { spool, messages } = opened(file)
    const { taken, handing } = engine()
    for (const each of numbered(3)) await spool.put(each)

    spool.handOverTo({
      ...handing,
      handOver: async (each) => {
        if (each.delivery.id === 'd2') throw new Error('the engine answered 400')
        await handing.handOver(each)
      },
    })
    await until('the others are handed over', () => !spool.isInUse)
    await spool.close()

    assert.deepEqual(taken, ['d1', 'd3'])
    assert.ok(messages().includes('a delivery stays in the spool until the next start'))
    const next = opened(file)
    next.spool.handOverTo(handing)
    await until('it is handed over', () => !next.spool.isInUse)
    assert.deepEqual(taken, ['d1', 'd3', 'd2'])
    await next.spool.close()
  })

  const limits: [string, Partial<SpoolOptions>][] = [
    ['in deliveries', { maxDeliveries: 5 }],
    ['in bytes', { maxBytes: 5 * Buffer.byteLength(JSON.stringify(delivery(1))) }],
  ]
  for (const [what, limit] of limits) {
    test(`takes nothing beyond its limit ${what}, and again when there is room`, async (t) => {
      const { spool } = opened(spoolFile(t), limit)
      const { taken, handing } = engine()

      const puts = await Promise.allSettled(numbered(8).map((each) => spool.put(each)))
      await assert.rejects(spool.put(delivery(9)), NotSpooled)
      spool.handOverTo(handing)
      await until('all is handed over', () => !spool.isInUse)
      await spool.put(delivery(9))
      await until('the last is handed over', () => !spool.isInUse)

      assert.deepEqual(
        puts.map(({ status }) => status),
        [...Array(5).fill('fulfilled'), ...Array(3).fill('rejected')],
      )
      assert.deepEqual(taken, [...ids(numbered(5)), 'd9'])
      await spool.close()
    })
  }

  test('claims nothing while it can’t be written, says so once, and goes on when it can', async (t) => {
    const file = spoolFile(t)
    const { spool, messages } = opened(file)
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')

    for (const each of numbered(3)) await assert.rejects(spool.put(each), NotSpooled)
    const hadRoom = spool.hasRoom
    other.exec('ROLLBACK')
    other.close()
    await spool.put(delivery(4))

    assert.equal(hadRoom, false)
    assert.equal(spool.hasRoom, true)
    assert.deepEqual(messages(), ['the spool can not be written', 'deliveries are spooled: the engine is away'])
    await spool.close()
  })

  test('has on a full disk exactly what it said that it had', (t) => {
    const file = spoolFile(t)
    const script = `
      import { Spool } from ${JSON.stringify(path.join(import.meta.dirname, 'spool.ts'))}
      const log = { info() {}, warn() {}, error() {} }
      const spool = new Spool({ file: process.env.FILE, log })
      spool.open()
      let taken = 0, isFull = false
      while (!isFull) {
        const event = { kind: 'a', id: 'e', at: '2026-06-30T12:00:00.000Z', source: 's', data: 'x'.repeat(5000) }
        const put = spool.put({ delivery: { id: 'd', source: 's', receivedAt: event.at }, events: [event] })
        await put.then(() => { taken += 1 }, () => { isFull = true })
      }
      process.stdout.write(String(taken))
    `
    // No file may grow beyond 512 KiB.
    const limited = 'ulimit -f 512; exec "$0" --conditions=adder-source --input-type=module-typescript -e "$1"'
    const run = spawnSync('bash', ['-c', limited, process.execPath, script], { env: { ...process.env, FILE: file } })

    const taken = Number(run.stdout)
    assert.ok(taken > 10, String(run.stderr))
    const spooled = new SpoolFile(file)
    assert.equal(spooled.size().rows, taken)
    spooled.close()
  })

  test('moves a damaged file aside, whole, and begins anew', async (t) => {
    const file = spoolFile(t)
    const earlier = opened(file)
    for (const each of numbered(300)) await earlier.spool.put(each)
    await earlier.spool.close()
    const damaged = readFileSync(file).fill(0x55, 3 * 4096, 6 * 4096)
    writeFileSync(file, damaged)

    const { spool, lines } = opened(file)
    await spool.put(delivery(1))

    const aside = readdirSync(path.dirname(file)).find((name) => name.startsWith('spool.db.damaged-')) ?? ''
    assert.deepEqual(readFileSync(path.join(path.dirname(file), aside)), damaged)
    assert.equal(lines[0]?.msg, 'the spool was damaged and is moved aside; what it held was answered with 202')
    assert.equal(lines[0]?.movedTo, path.join(path.dirname(file), aside))
    await spool.close()
  })

  test('is not begun where its file can’t be opened', (t) => {
    const folder = path.dirname(spoolFile(t))

    assert.throws(() => opened(folder), SpoolUnusable)
  })
})
