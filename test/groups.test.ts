import assert from 'node:assert/strict'
import path from 'node:path'
import { kill } from 'node:process'
import { describe, type TestContext, test } from 'node:test'
import { Run, RunPage } from '../src/api/shapes.ts'
import { adderClient } from '../src/cli/adder-client.ts'
import { root } from './support/adder-process.ts'
import { startTalk, type Talk } from './support/talk.ts'
import { until } from './support/until.ts'

const project = path.join(root, 'examples/noisy')

describe('alerts of one user', { concurrency: 2 }, () => {
  test('are one ticket when 50 of them come at once, with a numbered comment for each of the others', async (t) => {
    const talk = await startNoisy(t)

    const answers = await postAlerts(talk, 50)

    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]))
    await isOneTicket(talk, 50)
  })

  test('are a new ticket when the one that is there is closed or deleted', async (t) => {
    const talk = await startNoisy(t)
    await postAlerts(talk, 2)
    await isOneTicket(talk, 2)

    const [first] = talk.tickets('mlisa')
    for (const status of ['In Progress', 'Done']) talk.jira.transitionAsPerson(first?.key ?? '', status)
    await postAlerts(talk, 1)
    await until('there is a second ticket', () => talk.tickets('mlisa').length === 2)
    await talk.idle()
    talk.jira.deleteAsPerson(talk.tickets('mlisa')[1]?.key ?? '')
    await postAlerts(talk, 3)
    await talk.idle()

    const [closed, last, ...more] = talk.tickets('mlisa')
    assert.deepEqual(more, [])
    assert.deepEqual(numbers(talk, closed?.key), [2])
    assert.deepEqual(numbers(talk, last?.key), [2, 3])
  })

  for (const who of ['Adder', 'the engine'] as const) {
    for (const slow of ['the ticket', 'a comment'] as const) {
      test(`are one ticket when ${who} is killed while Jira takes ${slow}`, async (t) => {
        const talk = await startNoisy(t)
        const isTaken = () =>
          talk.jira.requests.some(({ method, path: asked }) => method === 'POST' && isOf(slow, asked))
        talk.jira.misbehave({ slowMs: slow === 'the ticket' ? 4000 : 300 })
        await postAlerts(talk, 10)
        await until(`Jira takes ${slow}`, isTaken)

        if (who === 'the engine') {
          kill(talk.adder.enginePid(), 'SIGKILL')
        } else {
          await talk.adder.kill()
          await talk.restart()
        }
        talk.heal()

        await isOneTicket(talk, 10)
      })
    }
  }

  test('are told of by `adder runs show`: which run opened the ticket, and which joined it', async (t) => {
    const talk = await startNoisy(t)
    await postAlerts(talk, 2)
    await isOneTicket(talk, 2)
    const client = adderClient({ data: talk.dataFolder })

    const { items } = await client.get('/api/runs', RunPage, { automation: 'noisy-scan' })
    const runs = await Promise.all(items.map(({ id }) => client.get(`/api/runs/${id}`, Run)))

    const opened = runs.flatMap(({ effects }) => effects.filter(({ name }) => name === 'jira.open'))
    assert.deepEqual(opened.map(({ state, made }) => `${state} ${made?.key}`).toSorted(), [
      'joined SEC-1',
      'made SEC-1',
    ])
  })
})

function startNoisy(t: TestContext): Promise<Talk> {
  return startTalk((cleanUp) => t.after(cleanUp), { project })
}

function postAlerts(talk: Talk, count: number): Promise<Response[]> {
  const alerts = Array.from({ length: count }, (_, index) => ({
    user: 'mlisa',
    md5: index.toString(16).padStart(32, '0'),
  }))
  return Promise.all(alerts.map((finding) => talk.postAlert(talk.alert(finding))))
}

function isOf(slow: 'the ticket' | 'a comment', asked: string): boolean {
  return slow === 'the ticket' ? asked === '/rest/api/3/issue' : asked.endsWith('/comment')
}

function numbers({ jira }: Talk, key: string | undefined): number[] {
  if (key === undefined) return []
  const texts = jira.comments(key).map(({ body }) => JSON.stringify(body))
  return texts
    .flatMap((text) => /Alert (\d+) of this ticket: MockScan: mlisa/.exec(text)?.[1] ?? [])
    .map(Number)
    .toSorted((one, other) => one - other)
}

async function isOneTicket(talk: Talk, alerts: number): Promise<void> {
  await until('all alerts are on it', () => numbers(talk, talk.tickets('mlisa')[0]?.key).length >= alerts - 1, {
    withinMs: 180_000,
    shown: () => talk.adder.output().slice(-4000),
  })
  await talk.idle()
  const [ticket, ...more] = talk.tickets('mlisa')
  assert.deepEqual(more, [])
  assert.deepEqual(
    numbers(talk, ticket?.key),
    Array.from({ length: alerts - 1 }, (_, index) => index + 2),
  )
  // The answers are one comment more: later alerts ask nobody by themselves.
  assert.equal(talk.comments('mlisa').length, alerts)
}
