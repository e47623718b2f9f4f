import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { root, spawnAdder, talkProject } from '../support/adder-process.ts'
import { startOutsideSystems } from '../support/outside-systems.ts'
import { startTalk } from '../support/talk.ts'
import { until } from '../support/until.ts'

const skip = (process.platform !== 'linux' || process.getuid?.() !== 0) && 'NO DISK OF ITS OWN: needs root on Linux'
const md5 = '44d88612fea8a8f36de82e1278abb02f'

test('a full disk refuses deliveries and loses none that was accepted; when there is room again, all goes on', {
  skip,
}, async (t) => {
  const disk = smallDisk()
  // The disk goes last: what ends the engine reads there which one it is.
  const cleanUps = [async () => removeDisk(disk)]
  t.after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp()
  })
  const talk = await startTalk((cleanUp) => void cleanUps.push(cleanUp), {
    dataFolder: path.join(disk, 'adder'),
    // An engine that the full disk ends leaves tickets in doubt; nobody is there who could be asked about them.
    project: path.join(root, 'test/crash/project'),
    env: { WRITE_TIMEOUT_MS: '2000', SEARCH_FOR_SECONDS: '6', WHEN_UNKNOWN: 'make again' },
  })
  await talk.postAlert(talk.alert({ user: 'before', md5 }))
  await talk.settled('before', 2)
  const accepted: string[] = []
  let padding = 500_000
  let sent = 0
  const statuses = new Set<number>()
  const send = async (): Promise<number> => {
    sent += 1
    const user = `user${sent}x`
    const alert = talk.alert({ user, md5 })
    // The engine has room in reserve, which this uses up.
    const result = { ...(alert.result as object), notes: 'x'.repeat(padding) }
    const answer = await talk.postAlert({ ...alert, result })
    await answer.body?.cancel()
    statuses.add(answer.status)
    if (answer.status === 202) accepted.push(user)
    return answer.status
  }

  const filler = fillUp(disk)
  await until('a delivery is refused', async () => (await send()) === 503, { withinMs: 120_000 })
  const isRunning = talk.adder.isRunning()
  rmSync(filler)
  padding = 0

  await until('deliveries are taken in again', async () => (await send()) === 202, {
    withinMs: 120_000,
  })
  for (const user of accepted) await talk.settled(user, 2)
  assert.equal(isRunning, true)
  assert.deepEqual([...statuses].toSorted(), [202, 503])
  const messages = talk.adder.log.map(({ msg }) => msg)
  assert.ok(messages.includes('the history can not be written, and waits'))
  assert.ok(!messages.includes('an entry of the history could not be written'))
  for (const user of accepted) assert.deepEqual([talk.tickets(user).length, talk.comments(user).length], [1, 2])
})

test('a data folder that can only be read is refused in one sentence', { skip }, async (t) => {
  const disk = smallDisk()
  t.after(() => removeDisk(disk))
  execFileSync('mount', ['-o', 'remount,ro', disk])
  const systems = await startOutsideSystems()
  t.after(() => systems.close())

  for (const dataFolder of [disk, path.join(disk, 'new')]) {
    const { ended, output } = spawnAdder({ project: talkProject, dataFolder, env: systems.env })

    assert.deepEqual(await ended, { code: 1, signal: null })
    assert.match(output(), /^adder: The data folder .* file system that can only be read/)
    assert.equal(output().trimEnd().split('\n').length, 1)
  }
})

/** A file system in the memory, so that a full one is nobody else's trouble. */
function smallDisk(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', folder])
  return folder
}

function removeDisk(folder: string): void {
  execFileSync('umount', ['--lazy', folder])
  rmSync(folder, { recursive: true })
}

/** Takes all the room that is left. Returns the file that has it. */
function fillUp(disk: string): string {
  const file = path.join(disk, 'filler')
  for (const bytes of [1_000_000, 4096]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(bytes))
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC') // the file system's errors are
    }
  }
  return file
}
