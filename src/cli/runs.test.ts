import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { adderProcess } from '../../test/cli/adder-process.ts'
import { until } from '../../test/support/until.ts'

const at = '2026-11-25T14:10:07.000Z'
const run = { id: 'inv_1', automation: 'lights', generation: 0, state: 'finished', startedAt: at, changedAt: at }
const answers: Partial<Record<string, unknown>> = {
  '/api/runs/inv_1': { ...run, event: { id: 'e1' }, effects: [], waits: [], actions: [], generations: [] },
  '/api/runs/changes': { items: [], next: 'x' },
}

/** A server that knows one run, and whose runs never change; its address, and what it was asked. */
async function serverOfOneRun(t: TestContext): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer(({ method, url = '' }, response) => {
    asked.push(`${method} ${url}`)
    response.end(JSON.stringify(answers[url.split('?')[0] ?? '']))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo // listens on TCP
  return { url: `http://127.0.0.1:${port}`, asked }
}

test('a re-run that nobody wants after all starts nothing, and says so', async (t) => {
  const { url, asked } = await serverOfOneRun(t)
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const command = `${process.execPath} --conditions=adder-source ${main} runs rerun inv_1 --server ${url}`
  // Only a terminal is asked, which `script` (util-linux) gives it.
  const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  terminal.stdout.on('data', (text) => {
    said += text
  })

  await until('it asks', () => said.includes('[y/N]'))
  terminal.stdin.write('n\n')
  await once(terminal, 'close')

  assert.match(said, /Nothing was started\.\r\n$/)
  assert.deepEqual(asked, ['GET /api/runs/inv_1'])
})

test('a tail says on stderr that it waits', async (t) => {
  const { url } = await serverOfOneRun(t)
  const adder = adderProcess(t, ['runs', 'tail', '--server', url])

  await until('it says so', () => adder.stderr() === 'Waiting for something to happen in runs. Ctrl-C ends it.\n')

  assert.equal(adder.stdout(), '')
})
