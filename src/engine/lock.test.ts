import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { acquireLock } from './lock.ts'

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'adder-lock-'))
  t.after(() => rm(made, { recursive: true }))
  return made
}

/** A process of its own that asks for the lock, says what came of it, and holds it until it is killed. */
async function startOwner(t: TestContext, dataFolder: string) {
  const lock = new URL('lock.ts', import.meta.url).href
  const script = `const { acquireLock } = await import(${JSON.stringify(lock)})
    try { acquireLock(${JSON.stringify(dataFolder)}); console.log('owner') } catch (error) { console.log(error.code) }
    setInterval(() => {}, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const [said] = (await once(createInterface(child.stdout), 'line')) as [string] // it prints one line
  return {
    said,
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

test('a lock is refused to a second owner, and stays with the first', async (t) => {
  const dataFolder = await folder(t)
  const lock = acquireLock(dataFolder)
  t.after(() => lock.release())

  for (let attempt = 1; attempt <= 2; attempt += 1)
    assert.throws(() => acquireLock(dataFolder), {
      code: 'engine.data_folder_in_use',
      message: new RegExp(`process ${process.pid}.*${dataFolder}.*--data`),
    })
})

test('a lock that was released can be acquired again', async (t) => {
  const dataFolder = await folder(t)
  acquireLock(dataFolder).release()

  const lock = acquireLock(dataFolder)

  lock.release()
})

test('a lock is refused to another process, and is free as soon as its owner is killed', async (t) => {
  const dataFolder = await folder(t)
  const owner = await startOwner(t, dataFolder)
  assert.throws(() => acquireLock(dataFolder), { code: 'engine.data_folder_in_use' })

  await owner.kill()

  acquireLock(dataFolder).release()
  assert.equal(owner.said, 'owner')
})

test('of several processes that start at once after a killed owner, one gets the lock', async (t) => {
  const dataFolder = await folder(t)
  await (await startOwner(t, dataFolder)).kill()

  const owners = await Promise.all(Array.from({ length: 4 }, () => startOwner(t, dataFolder)))

  const said = owners.map((owner) => owner.said).sort()
  assert.deepEqual(said, [...Array.from({ length: 3 }, () => 'engine.data_folder_in_use'), 'owner'])
})
