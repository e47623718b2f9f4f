import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { DeliveryPage, RunPage } from '../../src/api/shapes.ts'
import { createApp } from '../../src/app.ts'
import { automation } from '../../src/automations/automation.ts'
import { adderClient } from '../../src/cli/adder-client.ts'
import { createLog } from '../../src/endpoints/log.ts'
import * as splunk from '../../src/integrations/splunk/index.ts'
import { secret } from '../../src/secrets/secret.ts'
import { until } from '../support/until.ts'
import { postgresPrograms, startPostgres } from './postgres.ts'

const skip = postgresPrograms() === undefined && !process.env.CI && 'NO POSTGRESQL: apt-get install postgresql'
const token = 'a-token-of-this-test-alone'

test('an Adder whose PostgreSQL is away takes deliveries, and has their history when it is back', {
  skip,
}, async (t) => {
  const server = await startPostgres()
  t.after(() => server.stop())
  await server.kill()
  process.env.ADDER_TEST_AWAY_HOOK = token
  process.env.ADDER_TEST_AWAY_HISTORY = server.url
  const alert = automation({ name: 'alert', on: splunk.alert({ searchName: 'Any' }), run: async () => undefined })
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-away-'))
  const lines: string[] = []
  const app = createApp({
    project: {
      config: {
        sources: [splunk.source({ token: secret('ADDER_TEST_AWAY_HOOK') })],
        history: { url: secret('ADDER_TEST_AWAY_HISTORY') },
      },
      automations: [alert],
      endpoints: [],
    },
    dataFolder,
    log: createLog({ destination: { write: (line: string) => void lines.push(line) } }),
    version: '0.0.0',
  })
  t.after(async () => {
    await app.close()
    rmSync(dataFolder, { recursive: true })
  })

  await app.start()
  const now = Date.now() / 1000
  const payload = { sid: `scheduler__at_${Math.floor(now)}_1`, search_name: 'Any', result: { _time: String(now) } }
  const answer = await app.server.inject({ method: 'POST', url: `/hooks/splunk/${token}`, payload })
  const client = adderClient({ data: dataFolder })
  await assert.rejects(client.get('/api/runs', RunPage), { reasonCode: 'history.unavailable' })
  await server.start()

  assert.equal(answer.statusCode, 202)
  const runs = await until('the run is told', async () => {
    const page = await client.get('/api/runs', RunPage, { state: 'finished' }).catch(() => undefined)
    return page !== undefined && page.items.length > 0 && page.items
  })
  const deliveries = await client.get('/api/deliveries', DeliveryPage)
  assert.deepEqual([runs.length, deliveries.items.map(({ state }) => state)], [1, ['accepted']])
  const log = lines.join('')
  assert.match(log, /the history can not be written, and waits/)
  assert.ok(!log.includes(new URL(server.url).password))
})
