import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { RunPage } from '../src/api/shapes.ts'
import { adderClient } from '../src/cli/adder-client.ts'
import { endEngine, startAdder, talkProject } from './support/adder-process.ts'
import { startTalk } from './support/talk.ts'
import { until } from './support/until.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'

test('a copy of a stopped data folder goes on in another place, with its history, and makes nothing twice', async (t) => {
  const talk = await startTalk((cleanUp) => t.after(cleanUp))
  await talk.postAlert(talk.alert({ user: 'finished', md5 }))
  await talk.settled('finished', 2)
  talk.directory.misbehave({ down: true })
  await talk.postAlert(talk.alert({ user: 'halfway', md5 }))
  await until('one answer is there', () => talk.comments('halfway').length === 1)

  assert.deepEqual(await talk.adder.stop(), { code: 0, signal: null })
  const dataFolder = path.join(mkdtempSync(path.join(tmpdir(), 'adder-restored-')), 'adder')
  cpSync(talk.dataFolder, dataFolder, { recursive: true })
  rmSync(talk.dataFolder, { recursive: true })
  const restored = await startAdder({ project: talkProject, dataFolder, env: talk.env, port: talk.adder.port })
  t.after(async () => {
    await restored.kill()
    await endEngine(dataFolder)
    rmSync(path.dirname(dataFolder), { recursive: true })
  })
  talk.directory.misbehave({})

  await until('the other answer is there, too', () => talk.comments('halfway').length === 2)
  await until('nothing is left to do', async () => (await restored.underWay()).length === 0)
  for (const user of ['finished', 'halfway'])
    assert.deepEqual([talk.tickets(user).length, talk.comments(user).length], [1, 2])
  const { items } = await adderClient({ data: dataFolder }).get('/api/runs', RunPage)
  assert.deepEqual(items.map(({ automation, state }) => `${automation} ${state}`).toSorted(), [
    'enrich-mock-scan finished',
    'enrich-mock-scan finished',
    'mock-scan finished',
    'mock-scan finished',
  ])
})
