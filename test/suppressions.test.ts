import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { DeliveryPage, Explanation, RunPage, Suppression } from '../src/api/shapes.ts'
import { createApp } from '../src/app.ts'
import { automation } from '../src/automations/automation.ts'
import { suppression } from '../src/automations/suppression.ts'
import { ticketCreated } from '../src/automations/ticket-triggers.ts'
import { adderClient } from '../src/cli/adder-client.ts'
import { createLog } from '../src/endpoints/log.ts'
import * as splunk from '../src/integrations/splunk/index.ts'
import { secret } from '../src/secrets/secret.ts'
import { spawnNode } from './support/adder-process.ts'
import { until } from './support/until.ts'

const token = 'a-token-of-this-test-alone'
process.env.ADDER_TEST_SUPPRESSIONS_HOOK = token
const on = splunk.alert({ searchName: 'MockScan Alert' })
const tomorrow = new Date(Date.now() + 86_400_000).toISOString()

const noop = async () => undefined
const automations = [
  automation({ name: 'open-ticket', on, run: noop }),
  automation({ name: 'count', on, run: noop }),
  automation({ name: 'on-ticket', on: ticketCreated(), run: noop }),
]
const patchDay = suppression({
  name: 'patch-day',
  on,
  when: ({ event }) => event.result.host === 'build-7',
  reason: 'agent roll-out',
  owner: 'mara@acme.example',
  until: tomorrow,
})
const quiet = suppression({
  name: 'quiet',
  on,
  when: ({ event }) => event.result.host === 'build-8',
  reason: 'no tickets of this one',
  owner: 'sven',
  until: tomorrow,
  automations: ['open-ticket'],
})
const tickets = suppression({ name: 'tickets', on: ticketCreated(), reason: 'a move', owner: 'mara', until: tomorrow })

async function adder(t: TestContext, folder = mkdtempSync(path.join(tmpdir(), 'adder-suppressions-'))) {
  const config = { sources: [splunk.source({ token: secret('ADDER_TEST_SUPPRESSIONS_HOOK') })] }
  const project = { config, automations, suppressions: [patchDay, quiet, tickets], endpoints: [] }
  const app = createApp({ project, dataFolder: folder, log: createLog({ level: 'silent' }), version: '0.0.0' })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= app.close()
    return closing
  }
  t.after(async () => {
    await close()
    rmSync(folder, { recursive: true, force: true })
  })
  await app.start()
  const client = adderClient({ data: folder })
  const now = Date.now() / 1000
  const post = async (host: string) => {
    const result = { host, user: 'mlisa', _time: String(now) }
    const payload = { sid: `scheduler__at_${Math.floor(now)}_1`, search_name: 'MockScan Alert', result }
    const answer = await app.server.inject({ method: 'POST', url: `/hooks/splunk/${token}`, payload })
    const { delivery, events } = answer.json() as { delivery: string; events: { state: string }[] } // a receipt
    return { status: answer.statusCode, delivery, state: events[0]?.state }
  }
  const runs = async () => (await client.get('/api/runs', RunPage)).items.map((run) => run.automation).toSorted()
  const counts = async () =>
    (await client.get('/api/suppressions', z.object({ items: z.array(Suppression) }))).items.map(
      ({ name, state, events }) => [name, state, events],
    )
  return { app, close, client, folder, post, runs, counts }
}

test('an event that is suppressed is taken in and counted, starts nothing, and once more is a duplicate', async (t) => {
  const { client, folder, post, runs, counts } = await adder(t)

  const first = await post('build-7')
  const again = await post('build-7')
  const other = await post('laptop')

  assert.deepEqual([first.status, first.state, again.state, other.state], [202, 'suppressed', 'duplicate', 'accepted'])
  await until('the other one has run', async () => (await runs()).length === 2)
  assert.deepEqual(await runs(), ['count', 'open-ticket'])
  const { items } = await client.get('/api/deliveries', DeliveryPage, { state: 'suppressed' })
  assert.deepEqual(
    items.map(({ id }) => id),
    [first.delivery],
  )
  assert.deepEqual((await counts())[0], ['patch-day', 'active', 1])
  const why = await output('why', first.delivery, folder)
  assert.match(why, /splunk\.alert: new; it starts nothing, because patch-day suppresses it/)
  assert.match(why, /suppressed by patch-day: agent roll-out \(mara@acme\.example\), until/)
  assert.match(await output('suppressions', folder), /^patch-day {2}active\n {2}reason {2}agent roll-out/)
})

test('one that names an automation holds off that one only', async (t) => {
  const { client, post, runs, counts } = await adder(t)

  const { state, delivery } = await post('build-8')

  assert.equal(state, 'accepted')
  await until('the other automation has run', async () => (await runs()).length === 1)
  assert.deepEqual(await runs(), ['count'])
  const { events } = await client.get(`/api/deliveries/${delivery}/why`, Explanation)
  assert.deepEqual(
    events[0]?.suppressedBy.map(({ name }) => name),
    ['quiet'],
  )
  assert.deepEqual((await counts())[1], ['quiet', 'active', 1])
})

test('what was suppressed when it came is so for good, and is filled in from the engine when the history is lost', async (t) => {
  const first = await adder(t)
  const { delivery } = await first.post('build-7')
  await until('it is counted', async () => (await first.counts())[0]?.[2] === 1)
  await first.close()
  for (const end of ['', '-wal', '-shm']) rmSync(path.join(first.folder, `history.db${end}`), { force: true })

  const { client, runs, counts } = await adder(t, first.folder)

  await until('it is filled in', async () => (await counts())[0]?.[2] === 1)
  const { state, events } = await client.get(`/api/deliveries/${delivery}/why`, Explanation)
  assert.deepEqual([state, events[0]?.suppressedBy[0]?.reason], ['suppressed', 'agent roll-out'])
  assert.deepEqual(await runs(), [])
})

async function output(...args: string[]): Promise<string> {
  const folder = args.pop() ?? ''
  const { ended, output: written } = spawnNode([
    '--conditions=adder-source',
    'src/cli/main.ts',
    ...args,
    '--data',
    folder,
  ])
  await ended
  return written()
}
