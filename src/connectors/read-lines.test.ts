import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { ConnectorAnswerInvalid, ConnectorUnavailable } from '../errors/connector-errors.ts'
import { listen } from '../stand-ins/listen.ts'
import { httpClient } from './http-client.ts'

const inTime = () => AbortSignal.timeout(5000)

/** A client of a server that begins to answer, and goes on like this; and whether it has been hung up on. */
async function streaming(t: TestContext, goOn: (response: ServerResponse) => void, status = 200) {
  const closed = Promise.withResolvers<void>()
  const server = createServer((_, response) => {
    response.on('close', closed.resolve).writeHead(status)
    goOn(response)
  })
  const { port, close } = await listen(server, { port: 0, cut: () => server.closeAllConnections() })
  t.after(close)
  const send = httpClient({ title: 'Acme', baseUrl: `http://127.0.0.1:${port}`, headers: () => ({}) })
  const lines: string[] = []
  const read = (readsOn: (line: string) => boolean = () => true, signal = inTime()) =>
    send({
      path: '/thing',
      signal,
      eachLine(line) {
        lines.push(line)
        return readsOn(line)
      },
    })
  return { read, lines, closed: closed.promise }
}

test('gives each line of an answer as it arrives, wherever its pieces were cut, and no blank ones', async (t) => {
  const bytes = Buffer.from('{"a":"ä"}\r\n\n  \nb\nlast')
  const { read, lines } = await streaming(t, (response) => {
    const writeFrom = (at: number): void => {
      if (at === bytes.length) response.end()
      else response.write(bytes.subarray(at, at + 1), () => setImmediate(writeFrom, at + 1))
    }
    writeFrom(0)
  })

  const answer = await read()

  assert.deepEqual(lines, ['{"a":"ä"}\r', 'b', 'last'])
  assert.deepEqual([answer.status, answer.json, answer.text], [200, undefined, ''])
})

test('hangs up on an answer without end once a line was enough', async (t) => {
  const { read, lines, closed } = await streaming(t, (response) => response.write('one\ntwo\nthree\n'))

  await read((line) => line !== 'two')
  await closed

  assert.deepEqual(lines, ['one', 'two'])
})

test('hangs up on an answer with a line that is taken for none', async (t) => {
  const { read, closed } = await streaming(t, (response) => response.write('one\n'))

  const reading = read(() => {
    throw new ConnectorAnswerInvalid('Acme: no line')
  })

  await assert.rejects(reading, (error) => error instanceof ConnectorAnswerInvalid && error.message === 'Acme: no line')
  await closed
})

for (const [what, piece, problem] of [
  ['one line that does not end', 'a'.repeat(64 * 1024), /a line of the answer is longer than 1048576 characters/],
  ['lines that do not end', `${'a'.repeat(64 * 1024)}\n`, /the answer is larger than 33554432 bytes/],
] as const)
  test(`hangs up on ${what}`, async (t) => {
    const { read, closed } = await streaming(t, (response) => {
      const writeOn = (): void => {
        if (!response.destroyed) response.write(piece, writeOn)
      }
      writeOn()
    })

    await assert.rejects(read(), (error) => error instanceof ConnectorAnswerInvalid && problem.test(error.message))
    await closed
  })

test('reads no lines of an answer that is no success, and shows its words', async (t) => {
  const { read, lines } = await streaming(t, (response) => response.end('one\ntwo\n'), 503)

  await assert.rejects(read(), /Acme: GET \/thing: answered 503 \(one two \)/)
  assert.deepEqual(lines, [])
})

test('says that lines stopped: cut off, or not in time', async (t) => {
  const cut = await streaming(t, (response) => response.write('one\n', () => response.destroy()))
  const silent = await streaming(t, (response) => response.write('one\n'))

  await assert.rejects(cut.read(), ConnectorUnavailable)
  const late = new AbortController()
  const reading = silent.read(() => {
    late.abort()
    return true
  }, late.signal)
  await assert.rejects(reading, /Acme: GET \/thing: did not answer in time/)
  await silent.closed
})
