import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import * as z from 'zod'
import { ansibleStandIn } from '../src/integrations/ansible/stand-in.ts'
import { type AdderProcess, adderProcess, projectFolder } from './cli/adder-process.ts'
import { until } from './support/until.ts'

const hasAnsible = spawnSync('ansible-playbook', ['--version']).status === 0

const Told = z.object({
  ticket: z.object({ key: z.string() }),
  tour: z.array(
    z.strictObject({
      stop: z.string(),
      ticket: z.string(),
      comment: z.string(),
      milliseconds: z.int().positive(),
    }),
  ),
})

/** The tour in a temporary folder of its own, with no program of the machine but those of `PATH`. */
function tour(t: TestContext, args: readonly string[], PATH = process.env.PATH): { adder: AdderProcess; tmp: string } {
  const tmp = projectFolder(t, {})
  return { adder: adderProcess(t, ['demo', '--tour', ...args], { PATH, TMPDIR: tmp }), tmp }
}

/** The command lines of the processes that name this folder, or are in it. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      return `${line} ${readlinkSync(`/proc/${pid}/cwd`)}`.includes(folder) ? [line] : []
    } catch {
      return []
    }
  })
}

/** A folder with an `ansible-playbook` that never comes to its end. */
function endlessAnsible(t: TestContext): string {
  const programs = projectFolder(t, {})
  const program = '#!/bin/sh\n[ "$1" = --version ] || /bin/sleep 600\n'
  writeFileSync(path.join(programs, 'ansible-playbook'), program, { mode: 0o755 })
  return programs
}

describe('the tour of the demo', () => {
  test('tells at each stop, on a ticket, what came of it: --once --json', async (t) => {
    const { adder } = tour(t, ['--once', '--json'])

    assert.equal(await adder.ended, 0, adder.stderr())
    const { ticket, tour: stops } = Told.parse(JSON.parse(adder.stdout()))
    const expected = [
      ['splunk', ticket.key, /^Splunk: sign-ins of mlisa .*203\.0\.113\.77.*\n3 of 3 rows$/s],
      ['ansible', ticket.key, /^Playbook: block-file\.yml\nState: succeeded\nHosts: mona-laptop: 1 changed\n/],
      ['github', 'SEC-2', /^The pull request is merged\.$/],
      ['jenkins', 'SEC-3', /^Scan: success\nConsole: http:\/\/127\.0\.0\.1:\d+\/job\/security\/job\/scan\/1\/console$/],
      ['roomba', 'SEC-4', /^Roomba: (?:returning|docked)$/],
    ] as const
    if (!hasAnsible) t.diagnostic('NO ANSIBLE: its stop was left out')
    const visited = expected.filter(([stop]) => hasAnsible || stop !== 'ansible')
    assert.deepEqual(
      stops.map(({ stop, ticket: key }) => [stop, key]),
      visited.map(([stop, key]) => [stop, key]),
    )
    for (const [index, [, , said]] of visited.entries()) assert.match(stops[index]?.comment ?? '', said)
  })

  test('leaves Ansible out where the machine has none, says so, and goes on in lines of 80 columns', async (t) => {
    const { adder } = tour(t, ['--once'], '')

    assert.equal(await adder.ended, 0, adder.stderr())
    const text = adder.stdout()
    for (const said of [
      /▶ Robin Vega takes SEC-1 on/,
      /□ SEC-1 · Splunk: sign-ins of mlisa .*\n +http:\/\/127\.0\.0\.1:\d+\/browse\/SEC-1#comment-\d+\n/,
      /This machine has no Ansible/,
      /■ SEC-2 opened: Review acme\/shop#1: .*\n/,
      /□ SEC-2 · The pull request is merged\.\n/,
      /□ SEC-3 · Jenkins: the scan ended with success\n/,
      /□ SEC-4 · Roomba: cleaning, battery 87 %\n/,
      /□ SEC-4 · Roomba: returning\n/,
      /✔ The tour is over\n$/,
    ]) {
      assert.match(text, said)
    }
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 80),
      [],
    )
  })

  test('ends with 1 where a stop does not go well, and says which, and why', async (t) => {
    const programs = projectFolder(t, {})
    // It plays JSON alone, so that this playbook fails.
    await ansibleStandIn(programs)
    const { adder } = tour(t, ['--json'], programs)

    assert.equal(await adder.ended, 1)
    assert.match(adder.stderr(), /the tour’s stop at Ansible: SEC-1 says: Playbook: block-file\.yml\nState: failed\n/)
    assert.equal(adder.stdout(), '')
  })

  test('ends on Ctrl-C within three seconds while a playbook is played, and leaves nothing behind', async (t) => {
    const { adder, tmp } = tour(t, [], endlessAnsible(t))
    const isPlayed = () => processesIn(tmp).some((line) => line.includes('ansible-playbook'))
    await until('the playbook is played', isPlayed, { shown: () => adder.stdout() + adder.stderr() })

    const askedAt = performance.now()
    adder.child.kill('SIGINT')
    const code = await adder.ended
    const ms = performance.now() - askedAt

    assert.equal(code, 0)
    assert.ok(ms < 3000, `took ${ms} ms`)
    assert.deepEqual([readdirSync(tmp), processesIn(tmp)], [[], []])
  })
})
