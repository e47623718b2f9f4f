import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toldQuotas } from './quota.ts'

const minute = { requests: 4, per: 'minute', used: 4, remaining: 0, resetsAt: '2026-11-25T14:11:02.000Z' } as const
const day = { requests: 500, per: 'day', used: 37, remaining: 463, resetsAt: '2026-11-26T00:00:00.000Z' } as const
const hour = { requests: 5000, per: 'hour', used: 0, remaining: 5000 } as const
const nextTurnAt = '2026-11-25T14:10:07.000Z'

test('each connector is told with what is used of each window, who waits, and when the next turn comes', () => {
  const told = toldQuotas({
    items: [
      { connector: 'directory', windows: [], waiting: 0 },
      { connector: 'github', windows: [hour], waiting: 0, nextTurnAt },
      { connector: 'virustotal', windows: [minute, day], waiting: 12, nextTurnAt, blockedUntil: nextTurnAt },
    ],
  })

  assert.equal(
    told,
    `CONNECTOR   USED               RESETS (UTC)    WAITING  NEXT TURN
directory   no quota
github      0 of 5000 an hour                  0        11-25 14:10:07
virustotal  4 of 4 a minute    11-25 14:11:02  12       11-25 14:10:07
            37 of 500 a day    11-26 00:00:00

virustotal refuses everything until 2026-11-25 14:10:07 UTC.`,
  )
})

test('where there are no connectors, it says so', () => {
  assert.equal(toldQuotas({ items: [] }), 'There are no connectors.')
})
