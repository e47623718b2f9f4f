import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import * as z from 'zod'
import { DeliveryPage, Explanation } from '../src/api/shapes.ts'
import { adderClient } from '../src/cli/adder-client.ts'
import { root } from './support/adder-process.ts'
import { startTalk, type Talk, type TalkOptions } from './support/talk.ts'
import { until } from './support/until.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'
const project = path.join(root, 'test/sweep/project')

describe('what Splunk fires while Adder is stopped', () => {
  test('becomes one ticket for each of ten alerts when Adder is back, and says that it was swept', async (t) => {
    const talk = await startSwept(t)
    await talk.adder.stop()
    const users = Array.from({ length: 10 }, (_, index) => `user${index + 10}`)

    for (const user of users) {
      talk.splunk.addLog({ user, md5, fields: { note: '', groups: ['staff', 'vpn'] } })
      await talk.splunk.runNow()
    }
    await talk.restart()

    assert.ok(talk.splunk.deliveries().every(({ isLost }) => isLost))
    await until('all tickets have their comments', () => users.every((user) => talk.comments(user).length >= 2))
    await sweptAgain(talk, 2)
    await talk.idle()
    assert.deepEqual(
      users.map((user) => [talk.tickets(user).length, talk.comments(user).length]),
      users.map(() => [1, 2]),
    )
    const deliveries = await deliveriesOf(talk)
    assert.deepEqual(
      deliveries.map(({ state, isSwept }) => [state, isSwept]),
      users.map(() => ['accepted', true]),
    )
    const why = await client(talk).get(`/api/deliveries/${deliveries[0]?.id}/why`, Explanation)
    assert.match(why.checks[0]?.detail ?? '', /^no webhook brought it; a sweep did/)
  })

  test('is missing for ever no more when Splunk is away at the start, and when its results can not be read at first', async (t) => {
    const talk = await startSwept(t)
    await talk.adder.stop()
    talk.splunk.addLog({ user: 'mlisa', md5 })
    await talk.splunk.runNow()

    talk.splunk.misbehave({ down: true })
    await talk.restart()
    await until('a sweep has failed', () => talk.adder.log.some(({ msg }) => msg === 'a sweep failed'))
    talk.splunk.hideResults(true)
    talk.splunk.misbehave({})
    const left = await until('a sweep left something', () =>
      talk.adder.log.find(({ msg }) => msg === 'a sweep left something for the next'),
    )
    talk.splunk.hideResults(false)

    assert.match(String(left.error), /answered 403 .*insufficient permission/)
    assert.equal((await talk.settled('mlisa', 2)).length, 2)
    assert.equal(talk.tickets('mlisa').length, 1)
  })

  test('is kept without its rows where Splunk has them no more', async (t) => {
    const talk = await startSwept(t)
    await talk.adder.stop()
    talk.splunk.addLog({ user: 'mlisa', md5 })
    await talk.splunk.runNow()
    talk.splunk.expireResults()

    await talk.restart()
    await until('it is kept', async () => (await deliveriesOf(talk)).length > 0)
    await sweptAgain(talk, 2)

    const [kept, ...more] = await deliveriesOf(talk)
    assert.deepEqual([kept?.state, kept?.check, more], ['kept', 'gone', []])
    const { checks } = await client(talk).get(`/api/deliveries/${kept?.id}/why`, Explanation)
    assert.match(checks.map(({ detail }) => detail).join('\n'), /does not have the results of "MockScan Alert"/)
    assert.equal(talk.tickets('mlisa').length, 0)
    const Redelivered = z.object({ events: z.array(z.object({ state: z.string() })) })
    const redelivered = await client(talk).post(`/api/deliveries/${kept?.id}/redelivery`, Redelivered)
    assert.deepEqual(
      redelivered.events.map(({ state }) => state),
      ['accepted'],
    )
  })
})

test('an alert that webhook and sweep both tell of becomes one ticket', async (t) => {
  const talk = await startSwept(t)

  talk.splunk.addLog({ user: 'mlisa', md5, fields: { note: '', groups: ['staff'] } })
  const [call] = await talk.splunk.runNow()
  await until('it was listed', () =>
    talk.adder.log.some(({ msg, source, listed }) => msg === 'swept' && source === 'splunk' && listed === 1),
  )
  await talk.settled('mlisa', 2)

  assert.equal(call?.status, 202)
  assert.equal(talk.tickets('mlisa').length, 1)
  const accepted = (await deliveriesOf(talk)).filter(({ state }) => state === 'accepted')
  assert.equal(accepted.length, 1)
})

test('an alert that fires once for several rows has each row become one ticket', async (t) => {
  const talk = await startSwept(t, { trigger: 'once' })
  const users = ['user10', 'user11', 'user12']

  for (const user of users) talk.splunk.addLog({ user, md5 })
  const calls = await talk.splunk.runNow()
  await until('all have their comments', () => users.every((user) => talk.comments(user).length >= 2))
  await sweptAgain(talk, 2)
  await talk.idle()

  assert.deepEqual(
    calls.map(({ body, status }) => [body.result.user, status]),
    [['user10', 202]],
  )
  assert.deepEqual(
    users.map((user) => talk.tickets(user).length),
    [1, 1, 1],
  )
  const deliveries = await deliveriesOf(talk)
  assert.deepEqual(deliveries.map(({ isSwept, events }) => [isSwept, events]).sort(), [
    [false, 1],
    [true, 3],
  ])
})

describe('a ticket that no webhook told of', () => {
  test('has its answers when it is swept, and one that Adder opened has them once', async (t) => {
    const talk = await startSwept(t, { hasWebhook: false })
    await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))
    await talk.settled('mlisa', 2)
    await talk.adder.stop()
    const { key } = talk.jira.createAsPerson({ summary: 'user: jvermeer', description: md5, labels: ['mock-scan'] })

    await talk.restart()
    await until('the ticket has its comments', () => talk.jira.comments(key).length >= 2)
    await sweptAgain(talk, 4)
    await talk.idle()

    assert.deepEqual([talk.jira.comments(key).length, talk.comments('mlisa').length], [2, 2])
    assert.equal(talk.jira.issues().length, 2)
  })
})

/** The talk, whose Splunk and Jira are swept each second, and have been. */
async function startSwept(t: TestContext, options: TalkOptions = {}): Promise<Talk> {
  const talk = await startTalk((cleanUp) => t.after(cleanUp), { project, ...options })
  await sweptAgain(talk)
  return talk
}

/** Waits until so many further sweeps of each source have ended well. */
async function sweptAgain({ adder }: Talk, times = 1): Promise<void> {
  const sweeps = (of: string) => adder.log.filter(({ msg, source }) => msg === 'swept' && source === of).length
  const wanted = ['splunk', 'jira'].map((source) => [source, sweeps(source) + times] as const)
  await until('both were swept', () => wanted.every(([source, count]) => sweeps(source) >= count), {
    shown: adder.output,
    withinMs: 60_000,
  })
}

function client({ dataFolder }: Talk) {
  return adderClient({ data: dataFolder })
}

async function deliveriesOf(talk: Talk) {
  return (await client(talk).get('/api/deliveries', DeliveryPage, { source: 'splunk' })).items
}
