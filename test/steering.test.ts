import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import * as z from 'zod'
import { Delivery, DeliveryPage, Explanation, Findings, Run, RunPage } from '../src/api/shapes.ts'
import { type App, createApp } from '../src/app.ts'
import { automation } from '../src/automations/automation.ts'
import { eventIdentity } from '../src/automations/event-identity.ts'
import type { Trigger } from '../src/automations/trigger.ts'
import { adderClient } from '../src/cli/adder-client.ts'
import type { Config } from '../src/config/define-config.ts'
import { createLog } from '../src/endpoints/log.ts'
import { ConnectorUnavailable } from '../src/errors/connector-errors.ts'
import type { SourceDefinition } from '../src/intake/source.ts'
import * as splunk from '../src/integrations/splunk/index.ts'
import { secret } from '../src/secrets/secret.ts'
import { isOnPostgres, onDatabase, testHistoryConfig } from './support/test-database.ts'

interface Finding {
  user: string
}

const on: Trigger<Finding> = { kind: 'test.finding', conditions: [] }
const token = 'a-token-of-this-test-alone'
process.env.ADDER_TEST_STEERING_HOOK = token

const folders = new Set<string>()
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Automations that a test can hold up. */
function project({ source = splunk.source({ token: secret('ADDER_TEST_STEERING_HOOK') }) as SourceDefinition } = {}) {
  const state = { isBroken: true, tries: 0 }
  const stubborn = automation({
    name: 'stubborn',
    on,
    run: ({ step }) =>
      step('ask', () => {
        state.tries += 1
        if (state.isBroken) throw new ConnectorUnavailable('The other side is down', { mayHaveHappened: false })
        return 'answered'
      }),
  })
  const alert = automation({
    name: 'alert',
    on: splunk.alert({ searchName: 'MockScan Alert' }),
    run: async () => undefined,
  })
  const other = automation({ name: 'other', on: splunk.alert({ searchName: 'Another' }), run: async () => undefined })
  return { state, project: { config: { sources: [source] }, automations: [stubborn, alert, other], endpoints: [] } }
}

async function adder(
  t: TestContext,
  made = project(),
  { folder = mkdtempSync(path.join(tmpdir(), 'adder-steering-')), history }: { folder?: string; history?: Config } = {},
) {
  const cleanUps: (() => Promise<void>)[] = []
  const kept = history ?? (await testHistoryConfig((cleanUp) => cleanUps.push(cleanUp)))
  const app = createApp({
    project: { ...made.project, config: { ...made.project.config, ...kept } },
    dataFolder: folder,
    log: createLog({ level: 'silent' }),
    version: '0.0.0',
    policy: { patienceMs: 0 },
  })
  folders.add(folder)
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= app.close()
    return closing
  }
  t.after(async () => {
    await close()
    for (const cleanUp of cleanUps) await cleanUp()
  })
  await app.start()
  const client = adderClient({ data: folder })
  const runs = async (query = {}) => (await client.get('/api/runs', RunPage, query)).items
  return { app, close, client, runs, folder, history: kept, state: made.state }
}

/** Hands in a finding about a user. */
async function find(app: App, user: string): Promise<void> {
  const id = eventIdentity('test.finding', [user])
  await app.commit({ kind: 'test.finding', id, at: new Date().toISOString(), source: 'test', data: { user } })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(25)
}

const Accepted = z.object({ run: z.string() })

test('tries again what waited for a person, when a person says so', async (t) => {
  const { app, client, runs, state } = await adder(t)
  await find(app, 'mlisa')
  await until(async () => (await runs({ state: 'waiting' })).length === 1)
  const [waiting] = await runs()
  assert.equal(waiting?.trouble?.reason, 'The other side is down')
  state.isBroken = false

  await client.post(`/api/runs/${waiting.id}/retry`, Accepted)

  await until(async () => (await runs({ state: 'finished' })).length === 1)
  const run = await client.get(`/api/runs/${waiting.id}`, Run)
  assert.equal(state.tries, 2)
  assert.ok(run.waits[0]?.endedAt)
  assert.deepEqual(
    run.actions.map(({ caller, action }) => [caller, action]),
    [['local operator', 'retry']],
  )
  await assert.rejects(client.post(`/api/runs/${waiting.id}/retry`, Accepted), { reasonCode: 'runs.not_waiting' })
})

test('cancels a run that waits, and runs it once more only when it has ended', async (t) => {
  const { app, client, runs, state } = await adder(t)
  await find(app, 'mlisa')
  await until(async () => (await runs({ state: 'waiting' })).length === 1)
  const [waiting] = await runs()
  assert.ok(waiting)
  await assert.rejects(client.post(`/api/runs/${waiting.id}/rerun`, Accepted), { reasonCode: 'runs.not_ended' })

  await client.post(`/api/runs/${waiting.id}/cancel`, Accepted)

  await until(async () => (await runs({ state: 'cancelled' })).length === 1)
  await assert.rejects(client.post(`/api/runs/${waiting.id}/cancel`, Accepted), { reasonCode: 'runs.ended' })
  state.isBroken = false
  const next = await client.post(`/api/runs/${waiting.id}/rerun`, Accepted)
  await until(async () => (await runs({ state: 'finished' })).length === 1)
  const [newest] = await runs()
  assert.deepEqual([newest?.id, newest?.generation], [next.run, 1])
})

test('takes a kept delivery in again when what was wrong is mended', async (t) => {
  const source: SourceDefinition = splunk.source({ token: secret('ADDER_TEST_STEERING_HOOK') })
  const tooStrict = { ...source, schema: z.strictObject({ sid: z.string() }) }
  const first = await adder(t, project({ source: tooStrict }))
  const now = Date.now() / 1000
  const payload = {
    sid: `scheduler__at_${Math.floor(now)}_1`,
    search_name: 'MockScan Alert',
    result: { user: 'mlisa', _time: String(now) },
  }
  const refused = await first.app.server.inject({ method: 'POST', url: `/hooks/splunk/${token}`, payload })
  assert.equal(refused.statusCode, 422)
  await first.close()
  const { client, runs } = await adder(t, project(), first)
  const [kept] = (await client.get('/api/deliveries', DeliveryPage, { state: 'kept' })).items
  assert.ok(kept)

  const answer = await client.post(`/api/deliveries/${kept.id}/redelivery`, z.object({ delivery: z.string() }))

  await until(async () => (await runs({ automation: 'alert', state: 'finished' })).length === 1)
  const [before, after] = await Promise.all(
    [kept.id, answer.delivery].map((id) => client.get(`/api/deliveries/${id}`, Delivery)),
  )
  assert.deepEqual(before?.redeliveredBy, [answer.delivery])
  assert.deepEqual([after?.state, after?.redelivers], ['accepted', kept.id])
  const { events } = await client.get(`/api/deliveries/${answer.delivery}/why`, Explanation)
  assert.deepEqual(
    events[0]?.automations.map(({ automation: name, matched, unmet }) => [name, matched, unmet]),
    [
      ['alert', true, []],
      ['other', false, ['searchName is "Another"']],
    ],
  )
  await assert.rejects(client.post(`/api/deliveries/${answer.delivery}/redelivery`, Accepted), {
    reasonCode: 'deliveries.not_kept',
  })
})

test('fills a lost history in from the engine: events, accepted deliveries, runs and open waits', async (t) => {
  const first = await adder(t)
  const now = Date.now() / 1000
  const payload = {
    sid: `scheduler__at_${Math.floor(now)}_2`,
    search_name: 'MockScan Alert',
    result: { user: 'mlisa', _time: String(now) },
  }
  await first.app.server.inject({ method: 'POST', url: `/hooks/splunk/${token}`, payload })
  await find(first.app, 'jvermeer')
  await until(async () => (await first.runs({ state: 'waiting' })).length === 1)
  await until(async () => (await first.runs({ state: 'finished' })).length === 1)
  const before = await first.client.get('/api/deliveries', DeliveryPage)
  await first.close()
  await loseHistory(first)
  const second = project()
  second.state.isBroken = false

  const { client, runs } = await adder(t, second, first)

  await until(async () => (await runs()).length === 2)
  await until(async () => (await runs({ state: 'waiting' })).length === 1)
  if (!isOnPostgres) assert.ok(readdirSync(first.folder).some((name) => name.startsWith('history.db.damaged-')))
  const after = await client.get('/api/deliveries', DeliveryPage)
  assert.deepEqual(
    after.items.map(({ id, state, kind, events }) => [id, state, kind, events]),
    before.items.map(({ id, state, kind, events }) => [id, state, kind, events]),
  )
  const { items } = await client.get('/api/find', Findings, { value: 'mlisa' })
  assert.deepEqual(
    items[0]?.runs.map(({ automation: name, state }) => [name, state]),
    [['alert', 'finished']],
  )
  const [waiting] = await runs({ state: 'waiting' })
  await client.post(`/api/runs/${waiting?.id}/retry`, Accepted)
  await until(async () => (await runs({ state: 'finished' })).length === 2)
})

async function loseHistory({ folder, history }: { folder: string; history: Config }): Promise<void> {
  if (history.history === undefined) writeFileSync(path.join(folder, 'history.db'), 'no database'.repeat(1000))
  else await onDatabase(history.history.url.reveal(), 'drop schema public cascade; create schema public')
}
