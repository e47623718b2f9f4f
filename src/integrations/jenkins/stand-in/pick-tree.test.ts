import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pickTree } from './pick-tree.ts'

const value = { name: 'scan', builds: [{ number: 3, by: { id: 1, age: 2 } }, { number: 2 }, { number: 1 }] }

for (const [tree, picked] of [
  ['name', { name: 'scan' }],
  ['name,nothing', { name: 'scan' }],
  ['builds[number]{0,2}', { builds: [{ number: 3 }, { number: 2 }] }],
  ['builds[by[id],number]{0,1},name', { builds: [{ number: 3, by: { id: 1 } }], name: 'scan' }],
] as [string, unknown][])
  test(`picks ${tree}`, () => {
    assert.deepEqual(pickTree(value, tree), picked)
  })

test('does not take anything else for a tree', () => {
  assert.throws(() => pickTree(value, 'builds[number]{0}'), /no tree/)
})
