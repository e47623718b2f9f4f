import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertWhole, assertWholeDespite } from './cluster/assert-whole.ts'
import { sidsOf, startAdders } from './cluster/start-adders.ts'

describe('two Adders on one engine', () => {
  test('share the work, and make one ticket of an alert that both get at once', async (t) => {
    const scene = await startAdders((cleanUp) => t.after(cleanUp), { engines: 1 })
    const sids = sidsOf(30)

    const statuses = await Promise.all(sids.map((sid) => scene.sendToBoth(sid)))

    assert.deepEqual(new Set(statuses.flat()), new Set([202]))
    await assertWhole(scene, sids)
    const finished = scene.adders.map(({ log }) => log.filter(({ msg }) => msg === 'run finished').length)
    assert.ok(Math.min(...finished) > 0, `one of them had nothing to do: ${finished}`)
  })

  test('make everything once when one of them is killed under load', async (t) => {
    const scene = await startAdders((cleanUp) => t.after(cleanUp), { engines: 1 })

    await assertWholeDespite(scene, () => scene.adders[0]?.kill())
  })
})
