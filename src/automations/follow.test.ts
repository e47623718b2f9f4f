import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { dataFolder } from '../../test/engine/data-folder.ts'
import { startChild } from '../../test/engine/start-child.ts'
import { startTestEngine, testEvent } from '../../test/engine/start-test-engine.ts'
import { until } from '../../test/support/until.ts'
import type { Duration } from '../connectors/duration.ts'
import { found, notFound, type Outcome } from '../connectors/outcome.ts'
import { ConfigError } from '../errors/config-error.ts'
import { type Followed, follow } from './follow.ts'

/** A clock that jumps to the next waiter as soon as nothing else happens, for thirty days. */
function jumpingClock() {
  const waiting: { at: number; go: () => void }[] = []
  const clock = { nowMs: 0, sleep }
  return clock

  function sleep(ms: number): Promise<void> {
    return new Promise((go) => {
      waiting.push({ at: clock.nowMs + ms, go })
      waiting.sort((a, b) => a.at - b.at)
      if (waiting.length === 1) void jump()
    })
  }

  async function jump(): Promise<void> {
    while (waiting.length > 0 && clock.nowMs < 30 * 86_400_000) {
      await setImmediate()
      const next = waiting.shift()
      clock.nowMs = next?.at ?? clock.nowMs
      next?.go()
      await setImmediate()
    }
  }
}

/** Follows what answers like this, one after the other; the last answer is given again and again. */
async function following(outcomes: readonly Outcome<string>[], within: Duration = '1h') {
  const clock = jumpingClock()
  const askedAt: number[] = []
  const ask = async (): Promise<Outcome<string>> => {
    askedAt.push(clock.nowMs)
    return outcomes[Math.min(askedAt.length, outcomes.length) - 1] ?? notFound()
  }
  const followed = await follow({ sleep: clock.sleep, ask, isOver: (state) => state === 'over', within })
  return { followed, endedAtMs: clock.nowMs, askedAt: [...askedAt] }
}

const running = found('running')
const over = found('over')
const failed: Outcome<never> = { kind: 'failed', code: 'connector.unavailable', reason: 'nobody listens there' }
const limited: Outcome<never> = { kind: 'rate_limited', until: '2026-11-29T12:00:00.000Z' }

describe('following', () => {
  test('asks at once, and again with growing waits', async () => {
    const { followed, askedAt } = await following([running, running, running, running, over])

    assert.deepEqual(followed, { kind: 'over', state: 'over' })
    assert.deepEqual(askedAt, [0, 5000, 12_500, 23_750, 40_625])
  })

  const cases: [string, Outcome<string>[], Followed<string>][] = [
    ['waits for what is not there yet', [notFound(), notFound(), notFound(), over], { kind: 'over', state: 'over' }],
    ['waits out what is no answer', [running, failed, limited, failed, over], { kind: 'over', state: 'over' }],
    ['is not misled by one miss', [running, notFound(), running, notFound(), over], { kind: 'over', state: 'over' }],
    ['tells of what is gone', [running, notFound(), notFound(), over], { kind: 'gone', last: 'running' }],
    [
      'counts a miss where no answer comes between',
      [running, notFound(), failed, notFound()],
      { kind: 'gone', last: 'running' },
    ],
    ['gives up on what does not end', [running], { kind: 'not_over', last: running }],
    ['gives up on what was never there', [notFound()], { kind: 'not_over', last: notFound() }],
    ['says why it knows nothing when it gives up', [running, failed], { kind: 'not_over', last: failed }],
  ]
  for (const [title, outcomes, end] of cases)
    test(title, async () => {
      const { followed } = await following(outcomes)

      assert.deepEqual(followed, end)
    })

  test('gives up when the time is up, also while a look-up has no outcome', async () => {
    const clock = jumpingClock()

    const followed = await follow({
      sleep: clock.sleep,
      ask: () => new Promise<Outcome<string>>(() => {}),
      isOver: () => true,
      within: '6h',
    })

    assert.deepEqual(followed, { kind: 'not_over', last: undefined })
    assert.equal(clock.nowMs, 6 * 3_600_000)
  })

  test('asks nothing more when the time is up', async () => {
    const clock = jumpingClock()
    let asked = 0
    const ask = async () => {
      asked += 1
      return running
    }
    await follow({ sleep: clock.sleep, ask, isOver: () => false, within: '1h' })
    const before = asked

    await clock.sleep(10 * 3_600_000)

    assert.equal(asked, before)
  })

  for (const [within, atMost, longestWaitMs] of [
    ['1h', 40, 120_000],
    ['6h', 200, 120_000],
    ['7d', 220, 3_024_000],
  ] as const)
    test(`asks at most ${atMost} times in ${within}`, async () => {
      const { askedAt } = await following([running], within)

      const waits = askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0))
      assert.ok(askedAt.length <= atMost, `${askedAt.length}`)
      assert.equal(Math.max(...waits), longestWaitMs)
    })

  test('refuses what is no duration', async () => {
    await assert.rejects(following([over], 'soon' as Duration), ConfigError)
  })
})

/** A job whose state a test sets: 'running', 'over', or undefined where it is not there. */
async function startJob(t: TestContext) {
  const job: { state: string | undefined; asked: number; url: string } = { state: 'running', asked: 0, url: '' }
  const server = createServer((_, response) => {
    job.asked += 1
    response.statusCode = job.state === undefined ? 404 : 200
    response.end(job.state)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  job.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server's address is one
  return job
}

describe('a run that follows', () => {
  test('goes on following after its process was killed, and asks nothing of before again', async (t) => {
    const folder = dataFolder(t)
    const job = await startJob(t)
    const module = new URL('../../test/engine/following-programs.ts', import.meta.url).href
    const first = await startChild(folder, module, { extra: job.url })
    await first.accept(testEvent('follow'))
    await until('it was asked five times', () => job.asked >= 5)
    await first.kill()
    const before = job.asked
    job.state = 'over'

    const second = await startChild(folder, module, { extra: job.url })
    await second.until(() => second.said.length > 0)

    assert.deepEqual(second.said, [{ kind: 'over', state: 'over' }])
    assert.ok(job.asked - before <= 2, `asked ${job.asked - before} times after ${before}`)
  })

  test('ends with its time, and leaves nothing under way', async (t) => {
    const said: unknown[] = []
    const { start, observed } = await startTestEngine(t, {
      follow: async ({ steps }) => {
        const ask = () => steps.lookup('job', async () => running, undefined)
        const sleep = (ms: number) => steps.sleep(ms / 10_000)
        said.push(await follow({ sleep, ask, isOver: () => false, within: '1h' }))
      },
    })

    const { run } = await start('follow')
    await observed('run finished')

    assert.ok(run.length > 0)
    assert.deepEqual(said, [{ kind: 'not_over', last: running }])
  })
})
