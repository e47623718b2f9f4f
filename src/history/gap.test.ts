import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inRun, openTestHistory } from '../../test/support/test-history.ts'
import { gapAtStart, gapLeft, markWriter, removeWriters } from './gap.ts'

const minute = 60_000
const margin = 10 * minute
const now = 100 * minute

test('a history that every Adder has left in order may lack the last moments alone', async (t) => {
  let time = now
  const { history } = await openTestHistory(t, { now: () => time })
  const empty = await history.gap()
  history.observation(inRun('inv_1', { kind: 'run started' }))
  await history.ask(async () => undefined)
  time = now + 50 * minute

  const { since, leftBy } = await history.gap()

  assert.deepEqual(empty, { since: 0, leftBy: [] })
  assert.deepEqual([since, leftBy], [now - margin, []])
})

test('an Adder that ended out of order leaves a gap, also while others go on writing', async (t) => {
  const { history } = await openTestHistory(t, { now: () => now })
  await history.ask(async (db) => {
    await markWriter(db, 'other', now - minute)
    await markWriter(db, 'killed-just-now', now - 2 * minute)
    await markWriter(db, 'killed-long-ago', now - 60 * minute)
  })

  const gaps = await history.ask(async (db) => [
    await gapAtStart(db, 'own', now),
    await gapLeft(db, 'own', now),
    await gapLeft(db, 'own', now + 4 * minute),
  ])

  const since = now - 60 * minute - margin
  assert.deepEqual(
    gaps.map((gap) => gap && { ...gap, leftBy: gap.leftBy.toSorted() }),
    [
      { since, leftBy: ['killed-long-ago'] },
      { since, leftBy: ['killed-long-ago'] },
      { since, leftBy: ['killed-just-now', 'killed-long-ago'] },
    ],
  )
})

test('a gap is over when it is filled in', async (t) => {
  const { history } = await openTestHistory(t, { now: () => now })
  await history.ask((db) => markWriter(db, 'killed', now - 60 * minute))
  const gap = await history.gap()

  await history.filledIn(gap)

  assert.equal(await history.ask((db) => gapLeft(db, 'own', now)), undefined)
})

test('an Adder that writes takes itself for gone neither at start nor later', async (t) => {
  const { history } = await openTestHistory(t, { now: () => now })
  await history.ask((db) => markWriter(db, 'own', 0))

  const [atStart, later] = await history.ask(async (db) => [
    await gapAtStart(db, 'own', now),
    await gapLeft(db, 'own', now),
  ])

  assert.deepEqual([atStart?.leftBy, later], [[], undefined])
  await history.ask((db) => removeWriters(db, ['own']))
})
