import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterRun } from '../crash/cluster-run.ts'
import { reportCluster } from '../crash/report-cluster.ts'

test('alerts that arrive while Adders, engine nodes and PostgreSQL are killed become one ticket each', async () => {
  const result = await clusterRun({
    ...{ alerts: 40, seconds: 20, kills: 4, seed: 21, writeTimeoutMs: 5000 },
    progress: () => undefined,
  })

  assert.deepEqual(result.faults, [], reportCluster(result))
  assert.deepEqual([result.accepted, result.tickets, result.comments], [40, 40, 80])
})
