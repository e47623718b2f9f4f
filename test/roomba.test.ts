import assert from 'node:assert/strict'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type RobotStandIn, startRoomba } from '../src/integrations/roomba/stand-in.ts'
import { root } from './support/adder-process.ts'
import { startTalk, type Talk } from './support/talk.ts'
import { until } from './support/until.ts'

async function startCleaning(t: TestContext): Promise<{ robot: RobotStandIn; talk: Talk }> {
  const robot = await startRoomba()
  t.after(() => robot.close())
  const talk = await startTalk((cleanUp) => t.after(cleanUp), {
    project: path.join(root, 'examples/roomba'),
    env: {
      ROOMBA_HOST: robot.host,
      ROOMBA_PORT: String(robot.port),
      ROOMBA_BLID: robot.blid,
      ROOMBA_PASSWORD: robot.password,
      ROOMBA_FINGERPRINT: robot.fingerprint,
    },
  })
  return { robot, talk }
}

function closeAsPerson({ jira, tickets }: Talk, summary: string): void {
  for (const status of ['In Progress', 'Done']) jira.transitionAsPerson(tickets(summary)[0]?.key ?? '', status)
}

test('a ticket starts the robot, once although its answer was lost, and sends it home when it is closed', async (t) => {
  const { robot, talk } = await startCleaning(t)
  robot.misbehave({ lostAnswers: 1 })

  talk.jira.createAsPerson({ summary: 'dusty lab', type: 'Cleaning' })
  await until('it is told to', () => robot.commands.length > 0)
  robot.misbehave({})
  const begun = await talk.settled('dusty lab', 1)
  closeAsPerson(talk, 'dusty lab')
  const comments = await talk.settled('dusty lab', 2)
  robot.arrive()

  assert.deepEqual(begun, ['Roomba: cleaning\nBattery: 87 %'])
  assert.deepEqual(comments.slice(1), ['Roomba: returning'])
  assert.deepEqual(robot.commands, ['start', 'pause', 'dock'])
  assert.equal(robot.mission().phase, 'charge')
  assert.ok(!talk.adder.output().includes(robot.password))
})

test('a ticket of another type leaves it alone, and so does one that is closed before Adder is there', async (t) => {
  const { robot, talk } = await startCleaning(t)
  talk.jira.createAsPerson({ summary: 'no dust', type: 'Incident' })
  await talk.adder.kill()

  talk.jira.createAsPerson({ summary: 'clean already', type: 'Cleaning' })
  closeAsPerson(talk, 'clean already')
  await talk.restart()
  const comments = await talk.settled('clean already', 1)

  assert.deepEqual(comments, ['Roomba: docked'])
  assert.deepEqual(robot.commands, [])
})

test('a ticket waits while a phone has the robot', async (t) => {
  const { robot, talk } = await startCleaning(t)
  robot.misbehave({ isTaken: true })
  talk.jira.createAsPerson({ summary: 'dusty hall', type: 'Cleaning' })
  await until('Adder was turned away', () => /one connection at a time/.test(talk.adder.output()), {
    shown: () => talk.adder.output().slice(-3000),
  })

  robot.misbehave({})

  assert.deepEqual(await talk.settled('dusty hall', 1), ['Roomba: cleaning\nBattery: 87 %'])
  assert.deepEqual(robot.commands, ['start'])
})
