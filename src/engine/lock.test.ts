import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { acquireLock } from './lock.ts'

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'adder-lock-'))
  t.after(() => rm(made, { recursive: true }))
  return made
}

/** A process that held the lock and was killed: its socket is still there. */
async function leaveStaleSocket(dataFolder: string): Promise<void> {
  const socket = path.join(dataFolder, 'adder.sock')
  const script = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => console.log('listening'))`
  const owner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(owner.stdout, 'data')
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  assert.ok(existsSync(socket))
}

test('a lock is refused to a second owner, and stays with the first', async (t) => {
  const dataFolder = await folder(t)
  const lock = await acquireLock(dataFolder)
  t.after(() => lock.release())

  for (let attempt = 1; attempt <= 2; attempt += 1)
    await assert.rejects(acquireLock(dataFolder), {
      code: 'engine.data_folder_in_use',
      message: new RegExp(`process ${process.pid}.*${dataFolder}.*--data`),
    })
})

test('a lock that was released can be acquired again', async (t) => {
  const dataFolder = await folder(t)
  await (await acquireLock(dataFolder)).release()

  const lock = await acquireLock(dataFolder)

  await lock.release()
})

test('a lock that was left by a killed owner is replaced', async (t) => {
  const dataFolder = await folder(t)
  await leaveStaleSocket(dataFolder)

  const lock = await acquireLock(dataFolder)

  t.after(() => lock.release())
  await assert.rejects(acquireLock(dataFolder), { code: 'engine.data_folder_in_use' })
})

test('of many that replace a killed owner at once, at most one gets the lock', async (t) => {
  const dataFolder = await folder(t)
  await leaveStaleSocket(dataFolder)

  const settled = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(dataFolder)))

  const locks = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  t.after(() => Promise.all(locks.map((lock) => lock.release())))
  assert.ok(locks.length <= 1, `${locks.length} got the lock`)
  for (const each of settled)
    if (each.status === 'rejected') assert.equal(each.reason.code, 'engine.data_folder_in_use')
})
