import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { pino } from 'pino'
import { secret } from '../secrets/secret.ts'
import type { DeliveryRecord } from './delivery.ts'
import { keptDeliveries } from './kept-deliveries.ts'
import { keptSince, readKept } from './read-kept.ts'

const silent = pino({ enabled: false })

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'adder-kept-'))
  after(() => rm(folder, { recursive: true }))
  return folder
}

function kept(number: number, body: unknown = {}): DeliveryRecord {
  return {
    id: `00000000-0000-4000-8000-00000000000${number}`,
    source: 'splunk',
    receivedAt: `2026-01-01T00:00:0${number}.000Z`,
    state: 'kept',
    check: 'shape',
    events: [],
    ms: 1,
    content: { headers: {}, body },
  }
}

function countTrue(values: readonly boolean[]): number {
  return values.filter((value) => value).length
}

describe('kept deliveries', () => {
  test('are on disk when record resolves, readable by nobody else', async () => {
    const folder = join(await temporaryFolder(), 'deliveries', 'kept')
    const delivery = kept(1, { sid: 7 })

    await keptDeliveries({ folder, log: silent }).record(delivery)

    const [name = ''] = await readdir(folder)
    assert.deepEqual(JSON.parse(await readFile(join(folder, name), 'utf8')), delivery)
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600)
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
  })

  test('hold no value of a secret', async () => {
    const folder = await temporaryFolder()
    process.env.ADDER_TEST_KEPT = 'plover-plugh-xyzzy'
    after(() => delete process.env.ADDER_TEST_KEPT)
    secret('ADDER_TEST_KEPT')

    await keptDeliveries({ folder, log: silent }).record(kept(1, { text: 'it is plover-plugh-xyzzy' }))

    const [name = ''] = await readdir(folder)
    assert.match(await readFile(join(folder, name), 'utf8'), /it is \[secret\]/)
  })

  test('are only those with the state kept', async () => {
    const folder = await temporaryFolder()

    await keptDeliveries({ folder, log: silent }).record({ ...kept(1), state: 'accepted' })

    assert.deepEqual(await readdir(folder), [])
  })

  test('drop the oldest over the limit on files, also those of an earlier process, and log it', async () => {
    const folder = await temporaryFolder()
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => lines.push(line) })
    await keptDeliveries({ folder, log: silent }).record(kept(1))
    const deliveries = keptDeliveries({ folder, log, maxFiles: 2 })

    await Promise.all([deliveries.record(kept(2)), deliveries.record(kept(3)), deliveries.record(kept(4))])

    assert.deepEqual(
      (await readdir(folder)).sort().map((name) => name.slice(0, 19)),
      ['2026-01-01T00-00-03', '2026-01-01T00-00-04'],
    )
    assert.equal(lines.length, 2)
    assert.match(lines[0] ?? '', /2026-01-01T00-00-01.*kept deliveries are at their limit, the oldest was dropped/)
  })

  test('drop what its sender sends again before what came once, also from an earlier process', async () => {
    const folder = await temporaryFolder()
    const comesAgain = (number: number) => ({ ...kept(number), check: 'engine' as const, senderId: `jira-${number}` })
    const earlier = keptDeliveries({ folder, log: silent })
    for (const delivery of [kept(1), comesAgain(2), { ...kept(3), check: 'engine' as const }])
      await earlier.record(delivery)
    const deliveries = keptDeliveries({ folder, log: silent, maxFiles: 3 })

    for (const delivery of [comesAgain(4), comesAgain(5)]) await deliveries.record(delivery)

    assert.deepEqual(
      (await readdir(folder)).sort().map((name) => name.slice(0, 19)),
      ['2026-01-01T00-00-01', '2026-01-01T00-00-03', '2026-01-01T00-00-05'],
    )
  })

  test('are read by their ids, whichever kind they are, and found without a history', async () => {
    const folder = await temporaryFolder()
    const both = [kept(1), { ...kept(2), check: 'engine' as const, senderId: 'jira-2' }]
    const deliveries = keptDeliveries({ folder, log: silent })
    for (const delivery of both) await deliveries.record(delivery)

    const read = await Promise.all(both.map((delivery) => readKept(folder, delivery)))
    const found: string[] = []
    for await (const { id } of keptSince(folder, async () => new Set([kept(1).id]))) found.push(id)

    assert.deepEqual(read, both)
    assert.deepEqual(found, [kept(2).id])
  })

  test('wait for the disk in a bounded number, in a smaller one where their sender sends them again', async () => {
    const folder = await temporaryFolder()
    const deliveries = keptDeliveries({ folder, log: silent })
    const id = () => ({ id: randomUUID() })
    const record = async (delivery: DeliveryRecord) => deliveries.record(delivery)
    const repeated = { ...kept(1), check: 'engine' as const, senderId: 'jira-1' }

    const settled = await Promise.allSettled([
      ...Array.from({ length: 20 }, () => record({ ...repeated, ...id() })),
      ...Array.from({ length: 500 }, () => record({ ...kept(2), ...id() })),
    ])

    const written = settled.map(({ status }) => status === 'fulfilled')
    assert.deepEqual([written.slice(0, 20), written.slice(20)].map(countTrue), [16, 484])
    await deliveries.record(kept(3))
    assert.equal((await readdir(folder)).length, 501)
  })

  test('drop the oldest over the limit on bytes, and never the newest', async () => {
    const folder = await temporaryFolder()
    const deliveries = keptDeliveries({ folder, log: silent, maxBytes: 1000 })

    for (const number of [1, 2, 3]) await deliveries.record(kept(number, 'x'.repeat(2000)))

    assert.deepEqual(
      (await readdir(folder)).map((name) => name.slice(0, 19)),
      ['2026-01-01T00-00-03'],
    )
  })

  test('go on after a write that failed, which its caller is told', async () => {
    const parent = await temporaryFolder()
    const folder = join(parent, 'kept')
    await writeFile(folder, 'in the way')
    const deliveries = keptDeliveries({ folder, log: silent })

    await assert.rejects(async () => deliveries.record(kept(1)), { code: 'EEXIST' })
    await rm(folder)
    await deliveries.record(kept(2))

    assert.equal((await readdir(folder)).length, 1)
  })
})
