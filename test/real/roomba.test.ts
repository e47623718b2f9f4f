import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, describe, type TestContext, test } from 'node:test'
import { connectAsync, type MqttClient } from 'mqtt'
import { ConnectorRefused, ConnectorUnavailable } from '../../src/errors/connector-errors.ts'
import { connector, type RoombaOptions } from '../../src/integrations/roomba/connector.ts'
import { robotMind } from '../../src/integrations/roomba/stand-in/robot-mind.ts'
import { secretOf } from '../support/secret-of.ts'
import { until } from '../support/until.ts'
import { hasMosquitto, type Mosquitto, startMosquitto } from './mosquitto.ts'

const isInstalled = await hasMosquitto()
// In CI it has to be there: a test that skips itself for ever proves nothing.
const skip = isInstalled || process.env.CI ? false : 'MOSQUITTO IS NOT INSTALLED: nothing was tested against a real one'

const blid = '3149C61040A31580'
const passwords = { [blid]: randomUUID(), robot: randomUUID() }

describe('a robot behind a real MQTT broker', { skip, timeout: 60_000 }, () => {
  let broker: Mosquitto
  let robot: Awaited<ReturnType<typeof startRobot>>
  before(async () => {
    broker = await startMosquitto(passwords)
    robot = await startRobot(broker)
  })
  after(async () => {
    await robot.leave()
    await broker.stop()
  })

  function connect(t: TestContext, options: Partial<RoombaOptions> = {}) {
    const { host, port, fingerprint } = broker
    const password = secretOf(t, passwords[blid] ?? '')
    const { lookups, effects } = connector({ host, port, blid, fingerprint, password, ...options }).connect()
    const call = { marker: 'adder-0123456789abcdef01234567', intendedAt: new Date().toISOString() }
    return {
      state: () => lookups.state(undefined, { signal: AbortSignal.timeout(10_000) }),
      clean: () => effects.clean.make(undefined, { ...call, signal: AbortSignal.timeout(10_000) }),
      dock: () => effects.dock.make(undefined, { ...call, signal: AbortSignal.timeout(10_000) }),
    }
  }

  test('is started, sent home, and told nothing twice', async (t) => {
    const { state, clean, dock } = connect(t)

    const told = [await clean(), await clean(), await dock(), await dock()].map(({ doing }) => doing)

    assert.deepEqual(told, ['cleaning', 'cleaning', 'returning', 'returning'])
    assert.deepEqual(robot.commands, ['start', 'pause', 'dock'])
    robot.arrive()
    await until('it is at home', async () => {
      const answer = await state()
      return answer.kind === 'found' && answer.value.doing === 'docked'
    })
  })

  test('is found again after the broker was restarted', async (t) => {
    const { state } = connect(t)

    await robot.leave()
    await broker.restart()
    robot = await startRobot(broker)

    assert.equal((await state()).kind, 'found')
  })

  test('is not asked with another password, and not where the certificate is another one', async (t) => {
    const wrong = [{ password: secretOf(t, 'not-the-password') }, { fingerprint: 'AB'.repeat(32) }]

    const faults = wrong.map((options) =>
      connect(t, options)
        .state()
        .catch((error) => error),
    )

    const [notLetIn, otherCertificate] = await Promise.all(faults)
    assert.ok(notLetIn instanceof ConnectorRefused && notLetIn.status === 401)
    assert.match(notLetIn.message, /code 5/)
    assert.ok(otherCertificate instanceof ConnectorUnavailable && !otherCertificate.mayHaveHappened)
  })
})

/**
 * The stand-in's robot as a client of the broker. Its reports stand on a topic of their own: a broker keeps topics with a
 * dollar sign, such as the real robot's, from those who subscribe to everything.
 */
async function startRobot({ host, port, caFile }: Mosquitto) {
  const client: MqttClient = await connectAsync({
    protocol: 'mqtts',
    host,
    port,
    ca: await readFile(caFile),
    username: 'robot',
    password: passwords.robot ?? '',
    reconnectPeriod: 0,
  })
  const commands: string[] = []
  const report = (reported: Record<string, unknown>) =>
    client.publish(`robot/${Object.keys(reported)[0]}`, JSON.stringify({ state: { reported } }), { retain: true })
  const mind = robotMind({
    changed: () => report({ cleanMissionStatus: mind.mission() }),
    onWay: () => undefined,
  })
  client.on('message', (_, payload) => {
    const { command } = JSON.parse(payload.toString())
    commands.push(command)
    mind.obey(command)
  })
  await client.subscribeAsync('cmd')
  report({ batPct: 87 })
  report({ cleanMissionStatus: mind.mission() })
  return { commands, arrive: mind.arrive, leave: () => client.endAsync() }
}
