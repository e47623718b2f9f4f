import assert from 'node:assert/strict'
import { kill } from 'node:process'
import { describe, test } from 'node:test'
import * as z from 'zod'
import { endEngine, enginePid, startAdder, talkProject } from './support/adder-process.ts'
import { startTalk, type Talk } from './support/talk.ts'
import { until } from './support/until.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'
const users = Array.from({ length: 12 }, (_, index) => `user${index + 10}`)

const Receipt = z.object({ delivery: z.string(), events: z.array(z.object({ state: z.string() })) })

describe('while the engine is away, deliveries are taken in', () => {
  test('and each becomes one ticket when the engine is back', async (t) => {
    const talk = await startTalk((cleanUp) => t.after(cleanUp))
    kill(talk.adder.enginePid(), 'SIGSTOP')

    const receipts = await Promise.all(users.map((user) => post(talk, user)))
    const again = await post(talk, 'user10')
    kill(talk.adder.enginePid(), 'SIGCONT')

    for (const { status, state } of [...receipts, again]) assert.deepEqual([status, state], [202, 'spooled'])
    await isWhole(talk)
    await until('the spool is empty', () => talk.adder.log.some(({ msg }) => msg === 'the spool is handed over'))
    const handedOver = talk.adder.log.filter(({ msg }) => msg === 'delivery handed over')
    assert.deepEqual(
      handedOver.map(({ delivery }) => delivery).sort(),
      [...receipts, again].map(({ delivery }) => delivery).sort(),
    )
    assert.equal(handedOver.filter(({ state }) => state === 'duplicate').length, 1)
  })

  test('and survive Adder, killed with them in the spool', async (t) => {
    const talk = await startTalk((cleanUp) => t.after(cleanUp))
    kill(talk.adder.enginePid(), 'SIGSTOP')
    for (const { status } of await Promise.all(users.map((user) => post(talk, user)))) assert.equal(status, 202)

    await talk.adder.kill()
    await endEngine(talk.dataFolder)
    await talk.restart()

    assert.ok(talk.adder.log.some(({ msg, deliveries }) => /before the start/.test(String(msg)) && deliveries === 12))
    await isWhole(talk)
  })

  test('before it has started for the first time since', async (t) => {
    const talk = await startTalk((cleanUp) => t.after(cleanUp))
    await talk.adder.kill()
    const earlier = enginePid(talk.dataFolder)
    await endEngine(talk.dataFolder)
    const stopped = until('there is another engine', () => {
      const pid = enginePid(talk.dataFolder)
      if (pid === earlier || pid === 0) return undefined
      kill(pid, 'SIGSTOP')
      return pid
    })

    const { env, dataFolder } = talk
    const { port } = talk.adder
    const adder = await startAdder({ project: talkProject, dataFolder, env, port, until: 'listening' })
    t.after(() => adder.kill())
    const pid = await stopped
    const ready = await fetch(`${adder.url}/ready`)
    const receipts = await Promise.all(users.map((user) => post(talk, user)))
    const hadStarted = adder.log.some(({ msg }) => msg === 'started')
    kill(pid, 'SIGCONT')

    assert.equal(hadStarted, false)
    assert.deepEqual(
      [ready.status, await ready.json()],
      [200, { status: 'ready', checks: { engine: false, spool: true, history: false } }],
    )
    for (const { status, state } of receipts) assert.deepEqual([status, state], [202, 'spooled'])
    await isWhole(talk, () => adder.underWay())
  })
})

async function post(talk: Talk, user: string) {
  const sid = `scheduler__admin__search__RMD5${user}_at_${Math.floor(Date.now() / 1e6) * 1000}_1`
  const result = { user, md5, host: 'mona-laptop' }
  const answer = await talk.postAlert({ ...talk.alert({ user, md5 }), sid, result })
  const { delivery, events } = Receipt.parse(await answer.json())
  return { status: answer.status, delivery, state: events[0]?.state }
}

/** One ticket for each user, with its two comments, each once. */
async function isWhole(talk: Talk, underWay = () => talk.adder.underWay()): Promise<void> {
  await until('all tickets have their comments', () => users.every((user) => talk.comments(user).length >= 2), {
    withinMs: 120_000,
    shown: () => talk.adder.output().slice(-4000),
  })
  await until('nothing is left to do', async () => (await underWay().catch(() => ['?'])).length === 0)
  assert.deepEqual(
    users.map((user) => [talk.tickets(user).length, talk.comments(user).length]),
    users.map(() => [1, 2]),
  )
}
