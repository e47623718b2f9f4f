import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { ansibleStandIn } from '../src/integrations/ansible/stand-in.ts'
import { root } from './support/adder-process.ts'
import { startTalk } from './support/talk.ts'
import { until } from './support/until.ts'

/** An Adder that plays a playbook which says for which ticket it is played, and waits for the file `go`. */
async function startIsolating(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-play-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [playbooks, inventory, plays, log, go] = ['playbooks', 'inventory', 'plays', 'log', 'go'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string, string, string] // as many as there are names
  mkdirSync(playbooks)
  writeFileSync(inventory, 'web-1 ansible_connection=local\n')
  const tasks = [
    { name: 'begin', 'ansible.builtin.shell': { cmd: `echo {{ ticket }} >> ${log}` } },
    { name: 'wait', 'ansible.builtin.wait_for': { path: go } },
  ]
  writeFileSync(path.join(playbooks, 'isolate.yml'), JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }]))
  const program = await ansibleStandIn(folder)
  const talk = await startTalk((cleanUp) => t.after(cleanUp), {
    project: path.join(root, 'test/ansible/project'),
    hasWebhook: false,
    env: { PLAYBOOKS: playbooks, INVENTORY: inventory, PLAYS: plays, ANSIBLE_PROGRAM: program },
  })
  const played = () => (existsSync(log) ? readFileSync(log, 'utf8') : '')
  return { talk, plays, go, played }
}

test('a playbook is played on, and once, while Adder is killed, and its end is told by the next one', async (t) => {
  const { talk, plays, go, played } = await startIsolating(t)
  await talk.postApi('/automations/isolate/runs', { host: 'web-1', within: '1h' })
  await until('it is played', () => played() !== '', { shown: () => talk.adder.output().slice(-3000) })

  await talk.adder.kill()
  writeFileSync(go, '')
  const [play = ''] = readdirSync(plays)
  await until('it has ended without Adder', () => existsSync(path.join(plays, play, 'ended.json')))
  await talk.restart()

  assert.deepEqual(await talk.settled('web-1', 1), ['succeeded\nweb-1: 1 changed'])
  assert.equal(played(), `${talk.tickets('web-1')[0]?.key}\n`)
})

test('a playbook that lasts too long is cancelled', async (t) => {
  const { talk, played } = await startIsolating(t)

  await talk.postApi('/automations/isolate/runs', { host: 'web-1', within: '1s' })

  assert.deepEqual(await talk.settled('web-1', 1), ['cancelled'])
  // On a slow machine the second is over before the first task.
  assert.ok(['', `${talk.tickets('web-1')[0]?.key}\n`].includes(played()), played())
})
