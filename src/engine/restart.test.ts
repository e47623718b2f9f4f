import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createPlainServer } from 'node:net'
import path from 'node:path'
import { kill } from 'node:process'
import { type TestContext, test } from 'node:test'
import type { ChangingOptions } from '../../test/engine/changing-programs.ts'
import { dataFolder } from '../../test/engine/data-folder.ts'
import { type Child, startChild } from '../../test/engine/start-child.ts'
import { testEvent } from '../../test/engine/start-test-engine.ts'

const module = new URL('../../test/engine/changing-programs.ts', import.meta.url).href

/** An outside system that can hold back what it was asked to make. */
async function startOutside(t: TestContext) {
  const made: string[] = []
  const held: (() => void)[] = []
  const arrivals: (() => void)[] = []
  const outside = { url: '', made, makes: 0, finds: 0, holds: false, release, arrived }
  const server = createServer((request, response) => {
    const marker = path.basename(request.url ?? '')
    if (request.method === 'GET') {
      outside.finds += 1
      response.statusCode = made.includes(marker) ? 200 : 404
      response.end()
      return
    }
    outside.makes += 1
    const make = (): void => {
      made.push(marker)
      response.end()
    }
    if (outside.holds) held.push(make)
    else make()
    for (const each of arrivals.splice(0)) each()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  outside.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server's address is one
  return outside

  function release(): void {
    for (const each of held.splice(0)) each()
  }

  async function arrived(): Promise<void> {
    if (outside.makes === 0) await new Promise<void>((resolve) => arrivals.push(resolve))
  }
}

function start(folder: string, extra: ChangingOptions): Promise<Child> {
  return startChild(folder, module, { extra, policy: { searchForMs: 1000 } })
}

function kindsOf(child: Child): string[] {
  return child.observations.map(({ kind }) => kind)
}

test('an effect under way when its process was killed is found by the next process, and made once', async (t) => {
  const folder = dataFolder(t)
  const outside = await startOutside(t)
  outside.holds = true
  const first = await start(folder, { version: 1, outside: outside.url })
  await first.accept(testEvent('make'))
  await outside.arrived()
  await first.kill()

  const second = await start(folder, { version: 1, outside: outside.url })
  await second.until(() => second.observations.some((each) => each.kind === 'step' && each.result === 'done'))
  const findsBefore = outside.finds
  outside.release()
  await second.until(() => kindsOf(second).includes('run finished'))

  assert.ok(findsBefore >= 1)
  assert.deepEqual([outside.makes, outside.made.length], [1, 1])
  assert.ok(second.observations.some((each) => each.kind === 'step' && each.effect === 'found'))
})

test('effects that an orderly stop came upon are made once after the next start, and nobody is asked', async (t) => {
  const folder = dataFolder(t)
  const outside = await startOutside(t)
  const first = await start(folder, { version: 1, outside: outside.url })
  const accepts = Array.from({ length: 40 }, () => first.accept(testEvent('make')).catch(() => undefined))
  await outside.arrived()
  const taken = (await Promise.all([first.close(), ...accepts])).filter((each) => each !== undefined).length

  const second = await start(folder, { version: 1, outside: outside.url })
  const finished = () => [first, second].flatMap(kindsOf).filter((kind) => kind === 'run finished').length
  await second.until(() => finished() >= taken || kindsOf(second).includes('waiting'))

  assert.ok(taken > 0)
  assert.ok(!kindsOf(second).includes('waiting'))
  assert.equal(new Set(outside.made).size, outside.makes)
})

test('a run whose code has changed ends, and the next generation finds its effects and goes the new way', async (t) => {
  const folder = dataFolder(t)
  const outside = await startOutside(t)
  const first = await start(folder, { version: 1, outside: outside.url })
  const event = testEvent('change')
  await first.accept(event)
  await first.until(() => first.said.includes('asleep'))
  await first.kill()

  const second = await start(folder, { version: 2, outside: outside.url })
  await second.until(() => kindsOf(second).includes('run finished') && kindsOf(second).includes('run superseded'))

  const superseded = second.observations.find(({ kind }) => kind === 'run superseded')
  assert.deepEqual(superseded, { kind: 'run superseded', automation: 'change', event: event.id, generation: 1 })
  assert.deepEqual([outside.makes, outside.made.length], [1, 1])
  assert.deepEqual(
    second.said.filter((each) => each === 'added'),
    ['added'],
  )
})

test('a run under way goes on at another port where the old one was taken meanwhile', async (t) => {
  const folder = dataFolder(t)
  const first = await start(folder, { version: 1, outside: '' })
  await first.accept(testEvent('sleep'))
  await first.until(() => first.said.includes('asleep'))
  await first.kill()
  const port = Number(readFileSync(path.join(folder, 'port'), 'utf8'))
  const intruder = createPlainServer((socket) => socket.destroy())
  await once(intruder.listen(port, '127.0.0.1'), 'listening')
  t.after(() => intruder.close())

  const second = await start(folder, { version: 1, outside: '' })
  await second.until(() => kindsOf(second).includes('run finished'))

  assert.notEqual(Number(readFileSync(path.join(folder, 'port'), 'utf8')), port)
})

test('a killed process leaves its engine, which the next one adopts, at the same port', async (t) => {
  const folder = dataFolder(t)
  const first = await start(folder, { version: 1, outside: '' })
  const port = readFileSync(path.join(folder, 'port'), 'utf8')
  await first.kill()

  const second = await start(folder, { version: 1, outside: '' })

  assert.deepEqual(second.engineEvents, [{ kind: 'engine adopted', pid: first.enginePid }])
  assert.equal(readFileSync(path.join(folder, 'port'), 'utf8'), port)
})

test('an adopted engine that is killed is started again, and runs go on', async (t) => {
  const folder = dataFolder(t)
  const first = await start(folder, { version: 1, outside: '' })
  await first.accept(testEvent('sleep'))
  await first.until(() => first.said.includes('asleep'))
  await first.kill()
  const second = await start(folder, { version: 1, outside: '' })

  kill(second.enginePid, 'SIGKILL')
  await second.until(() => kindsOf(second).includes('run finished'))

  assert.deepEqual(
    second.engineEvents.map(({ kind }) => kind),
    ['engine adopted', 'engine ended', 'engine started'],
  )
})

test('a second process on a data folder is refused, and the first goes on', async (t) => {
  const folder = dataFolder(t)
  const first = await start(folder, { version: 1, outside: '' })

  await assert.rejects(start(folder, { version: 1, outside: '' }), /DataFolderInUse/)

  await first.accept(testEvent('sleep'))
  await first.until(() => kindsOf(first).includes('run finished'))
})
