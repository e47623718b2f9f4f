import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { until } from '../test/support/until.ts'
import { heartbeat } from './app-heartbeat.ts'
import { createLog } from './endpoints/log.ts'
import { secret } from './secrets/secret.ts'

/** A monitor, and a heartbeat for it that looks at `well` every ten milliseconds. */
async function monitored(t: TestContext, name: string) {
  const state = { status: 200, beats: [] as string[], looks: 0, well: { engine: true, history: true } }
  const monitor = createServer((request, response) => {
    state.beats.push(`${request.method} ${request.url}`)
    response.writeHead(state.status, { location: '/elsewhere' }).end('OK')
  })
  await once(monitor.listen(0, '127.0.0.1'), 'listening')
  const { port } = monitor.address() as AddressInfo // listens on TCP
  process.env[name] = `http://127.0.0.1:${port}/ping/token-of-the-monitor`
  const lines: { msg: string }[] = []
  const log = createLog({ destination: { write: (line) => void lines.push(JSON.parse(line)) } })
  const checks = async () => {
    state.looks += 1
    return { ...state.well }
  }
  const beating = heartbeat({ url: secret(name), everyMs: 10, checks, log })
  t.after(async () => {
    await beating.close()
    monitor.closeAllConnections()
    monitor.close()
    delete process.env[name]
  })
  const said = () => lines.map(({ msg }) => msg)
  return { state, monitor, beating, lines, said }
}

describe('a heartbeat', () => {
  test('is sent again and again while all is well, and the log says so once', async (t) => {
    const { state, said } = await monitored(t, 'ADDER_TEST_HEARTBEAT_WELL')

    await until('three beats', () => state.beats.length >= 3)

    assert.deepEqual(new Set(state.beats), new Set(['GET /ping/token-of-the-monitor']))
    assert.deepEqual(said(), ['heartbeat sent'])
  })

  test('says nothing while something is not well, and goes on afterwards', async (t) => {
    const { state, lines, said } = await monitored(t, 'ADDER_TEST_HEARTBEAT_BROKEN')
    await until('a beat', () => said().includes('heartbeat sent'))

    state.well.history = false
    await until('it is withheld', () => said().includes('heartbeat withheld'))
    const { looks } = state
    const beats = state.beats.length
    await until('it has looked five times more', () => state.looks > looks + 5)
    assert.equal(state.beats.length, beats)

    state.well.history = true
    await until('a beat again', () => state.beats.length > beats)
    await until('the log has it', () => said().length === 3)
    assert.deepEqual(said(), ['heartbeat sent', 'heartbeat withheld', 'heartbeat sent'])
    assert.deepEqual((lines[1] as unknown as { broken: string[] }).broken, ['history'])
  })

  test('that is refused or redirected goes nowhere else, and the next one is sent', async (t) => {
    const { state, said } = await monitored(t, 'ADDER_TEST_HEARTBEAT_REFUSED')
    state.status = 302

    await until('it is refused', () => said().includes('heartbeat refused'))
    state.status = 200
    await until('it is sent', () => said().at(-1) === 'heartbeat sent')

    assert.ok(!state.beats.some((beat) => beat.includes('elsewhere')))
  })

  test('that nobody takes is no fault of ours, and the log does not hold its address', async (t) => {
    const { state, monitor, lines, said } = await monitored(t, 'ADDER_TEST_HEARTBEAT_GONE')
    await until('a beat', () => state.beats.length > 0)

    monitor.closeAllConnections()
    monitor.close()

    await until('the log has it', () => said().includes('heartbeat not sent'))
    assert.doesNotMatch(JSON.stringify(lines), /token-of-the-monitor/)
  })

  test('ends while an answer is awaited', async (t) => {
    const { beating, monitor, said } = await monitored(t, 'ADDER_TEST_HEARTBEAT_END')
    await until('a beat', () => said().length > 0)
    monitor.removeAllListeners('request')
    await once(monitor, 'request')

    await beating.close()

    assert.deepEqual(said(), ['heartbeat sent'])
  })
})
