import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { connectAsync } from 'mqtt'
import { until } from '../../../test/support/until.ts'
import { type RobotStandInOptions, startRoomba } from './stand-in.ts'

async function robot(t: TestContext, options: RobotStandInOptions = {}) {
  const standIn = await startRoomba(options)
  t.after(() => standIn.close())
  const { url, blid, password, port } = standIn
  const visit = () =>
    connectAsync(url, {
      ...{ username: blid, password, clientId: blid, protocolVersion: 4 },
      ...{ rejectUnauthorized: false, reconnectPeriod: 0 },
    })
  const socket = (further: ConnectionOptions = {}): TLSSocket =>
    connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...further })
  return { standIn, visit, socket }
}

test('turns away whoever comes while somebody is there, who stays', async (t) => {
  const { standIn, visit } = await robot(t)
  const first = await visit()

  await assert.rejects(visit())

  assert.deepEqual([first.connected, standIn.connections, standIn.visits], [true, 1, 1])
  await first.endAsync()
  await (await visit()).endAsync()
  assert.equal(standIn.visits, 2)
})

for (const [what, bytes] of [
  ['HTTP', Buffer.from(`GET / HTTP/1.1\r\nhost: ${'roomba.'.repeat(10)}\r\n\r\n`)],
  ['a length without an end', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ['a packet of 256 MB', Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])],
  ['a text that is longer than its packet', Buffer.from([0x10, 0x03, 0xff, 0xff, 0x00])],
  ['a command of somebody who did not say who it is', Buffer.from([0x30, 0x05, 0, 3, 0x63, 0x6d, 0x64])],
] as const)
  test(`hangs up on ${what}`, async (t) => {
    const { standIn, socket } = await robot(t)
    const client = socket()

    client.on('error', () => undefined).write(bytes)
    await once(client, 'close')

    assert.deepEqual([standIn.visits, standIn.commands], [0, []])
  })

test('speaks no TLS but 1.2, with the cipher of old robots', async (t) => {
  const { socket } = await robot(t)
  const client = socket()
  await once(client, 'secureConnect')
  const spoken = [client.getProtocol(), client.getCipher().name]
  client.destroy()

  await assert.rejects(once(socket({ minVersion: 'TLSv1.3' }), 'secureConnect'))

  assert.deepEqual(spoken, ['TLSv1.2', 'AES128-SHA256'])
})

test('heeds no `dock` while it cleans, and is at home when its way is over', async (t) => {
  const { standIn } = await robot(t, { wayHomeMs: 10 })
  standIn.obey('start')
  standIn.obey('dock')
  assert.equal(standIn.mission().phase, 'run')

  standIn.obey('pause')
  standIn.obey('dock')
  assert.equal(standIn.mission().phase, 'hmUsrDock')

  await until('it is at home', () => standIn.mission().phase === 'charge')
  assert.equal(standIn.mission().cycle, 'none')
})
