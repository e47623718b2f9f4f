import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { ConnectorInputInvalid, ConnectorUnavailable } from '../../src/errors/connector-errors.ts'
import {
  type AnsibleOptions,
  connector,
  isOver,
  type Play,
  type StartedPlay,
} from '../../src/integrations/ansible/index.ts'
import { secret } from '../../src/secrets/secret.ts'
import { until } from './until.ts'

const call = () => ({ signal: AbortSignal.timeout(30_000) })
const making = (marker = `adder-${randomBytes(12).toString('hex')}`) => ({
  ...call(),
  marker,
  intendedAt: new Date().toISOString(),
})
const web = { playbook: 'play.yml', limit: ['web-1'] }
const inventory = [
  'web-1 ansible_connection=local ansible_python_interpreter=/usr/bin/python3',
  'web-2 ansible_connection=local ansible_python_interpreter=/usr/bin/python3',
  // Nobody listens on this port: only the system gives out one that low.
  'gone-1 ansible_host=127.0.0.1 ansible_port=1',
  '',
].join('\n')

// Only Linux tells there which processes there are, with what they were started.
const withoutProc = existsSync('/proc') ? false : 'this system has no /proc'

/** Tasks by their module: `{ debug: { msg: 'seen' } }`. */
type Tasks = Record<string, Record<string, string | number>>[]

/**
 * What Adder relies on of `ansible-playbook`: passed by the stand-in and by the real one, so that the stand-in is known to
 * be like it.
 */
export function ansibleContract(
  name: string,
  { program, skip = false }: { program(folder: string): Promise<string>; skip?: string | false },
): void {
  describe(name, { skip, concurrency: 2 }, () => {
    /** A folder with one playbook of these tasks, and a connector that plays it. */
    async function project(t: TestContext, tasks: Tasks, more: Partial<AnsibleOptions> = {}) {
      const root = await mkdtemp(path.join(tmpdir(), 'adder-play-'))
      t.after(() => rm(root, { recursive: true, force: true }))
      const playbooks = path.join(root, 'playbooks')
      await mkdir(playbooks)
      await writeFile(path.join(root, 'inventory'), inventory)
      await writeFile(path.join(playbooks, 'play.yml'), playbookOf(tasks))
      const options = {
        playbooks,
        inventory: path.join(root, 'inventory'),
        folder: path.join(root, 'p'),
        program: await program(root),
        ...more,
      }
      const { lookups, effects, probe } = connector(options).connect()
      const look = async (started: StartedPlay): Promise<Play> => {
        const answer = await lookups.play(started, call())
        assert.ok(answer.kind === 'found')
        return answer.value
      }
      const over = (started: StartedPlay) =>
        until('the play is over', async () => {
          const play = await look(started)
          return isOver(play) && play
        })
      return { root, options, lookups, probe, look, over, ...effects }
    }

    const waiting = (file: string): Tasks => [{ wait_for: { path: file, sleep: 1, timeout: 600 } }]

    test('plays on the hosts of the limit and on no others, and tells what came of it', async (t) => {
      const { start, over } = await project(t, [{ debug: { msg: 'seen {{ who }} on {{ inventory_hostname }}' } }])

      const started = await start.make({ ...web, variables: { who: 'mlisa' } }, making())
      const { output, startedAt, seconds, ...play } = await over(started)

      assert.deepEqual(play, {
        state: 'succeeded',
        playbook: 'play.yml',
        limit: ['web-1'],
        check: false,
        machine: started.machine,
        hosts: [{ name: 'web-1', ok: 1, changed: 0, failed: 0, unreachable: 0, skipped: 0 }],
        hostCount: 1,
      })
      assert.match(output, /seen mlisa on web-1/)
      assert.match(output, /PLAY RECAP/)
      assert.ok(Math.abs(Date.parse(startedAt) - Date.now()) < 60_000)
      assert.ok(seconds !== undefined && seconds >= 0 && seconds < 60)
    })

    test('tells a host on which a task failed, first', async (t) => {
      const { start, over } = await project(t, [{ shell: { cmd: 'test {{ inventory_hostname }} != web-2' } }])

      const play = await over(await start.make({ ...web, limit: ['web-1', 'web-2'] }, making()))

      assert.equal(play.state, 'failed')
      assert.deepEqual(
        play.hosts.map(({ name, failed }) => [name, failed]),
        [
          ['web-2', 1],
          ['web-1', 0],
        ],
      )
    })

    test('tells a host that can’t be reached', async (t) => {
      const { start, over } = await project(t, [{ copy: { dest: '/nowhere', content: 'x' } }], {})

      const play = await over(await start.make({ ...web, limit: ['gone-1'] }, making()))

      assert.equal(play.state, 'unreachable')
      assert.deepEqual(play.hosts, [{ name: 'gone-1', ok: 0, changed: 0, failed: 0, unreachable: 1, skipped: 0 }])
    })

    test('changes nothing in a check, and tells what it would have changed', async (t) => {
      const { root, start, over } = await project(t, [{ copy: { dest: '{{ target }}', content: 'blocked' } }])
      const target = path.join(root, 'blocklist')
      const input = { ...web, variables: { target } }

      const checked = await over(await start.make({ ...input, check: true }, making()))
      const wasThere = existsSync(target)
      const made = await over(await start.make(input, making()))

      assert.deepEqual(
        [checked.check, checked.state, checked.hosts[0]?.changed, wasThere],
        [true, 'succeeded', 1, false],
      )
      assert.deepEqual([made.check, made.hosts[0]?.changed, readFileSync(target, 'utf8')], [false, 1, 'blocked'])
    })

    test('takes a text for a text, whatever is in it', async (t) => {
      const { start, over } = await project(t, [{ debug: { msg: '{{ said }} {{ limb }}' } }])
      const said = `{{ lookup('pipe', 'id') }} <b>"q" 'q' ü € 😀 \\ # : - &`

      const play = await over(await start.make({ ...web, variables: { said, limb: '{% if %}' } }, making()))

      assert.equal(play.state, 'succeeded')
      assert.ok(play.output.includes(`{{ lookup('pipe', 'id') }} <b>`), play.output)
      assert.ok(play.output.includes('{% if %}'), play.output)
      assert.doesNotMatch(play.output, /uid=/)
    })

    test('plays once what is started twice, one after the other or at the same time', async (t) => {
      const { root, start, over } = await project(t, [{ shell: { cmd: 'echo played >> {{ log }}' } }])
      const log = path.join(root, 'log')
      const input = { ...web, variables: { log } }
      const calls = making()
      assert.deepEqual(await start.find?.(input, calls), { kind: 'not_found' })

      const [started, again] = await Promise.all([start.make(input, calls), start.make(input, calls)])
      await over(started)
      const later = await start.make(input, calls)

      assert.deepEqual([again, later], [started, started])
      assert.deepEqual(await start.find?.(input, calls), { kind: 'found', value: started })
      assert.equal((await over(started)).state, 'succeeded')
      assert.equal(readFileSync(log, 'utf8'), 'played\n')
    })

    test('goes on when Adder is killed, and is told to the next one', async (t) => {
      const { root, options, over, look } = await project(t, [])
      const go = path.join(root, 'go')
      await writeFile(path.join(options.playbooks, 'play.yml'), playbookOf(waiting(go)))
      const { marker } = making()
      const adder = startInAdder(t, { options, input: web, marker })
      const [said] = await once(adder.stdout, 'data')
      const started = JSON.parse(String(said))
      assert.equal(started.play, marker)

      adder.kill('SIGKILL')
      await once(adder, 'exit')
      const meanwhile = await look(started)
      await writeFile(go, '')

      assert.equal(meanwhile.state, 'running')
      assert.deepEqual([meanwhile.hosts, meanwhile.seconds], [[], undefined])
      assert.equal((await over(started)).state, 'succeeded')
    })

    test('plays once what is started again after Adder was killed while it started it', async (t) => {
      const { root, options, start, over } = await project(t, [{ shell: { cmd: 'echo played >> {{ log }}' } }])
      const input = { ...web, variables: { log: path.join(root, 'log') } }
      const calls = making()
      const adder = startInAdder(t, { options, input, marker: calls.marker })
      await until('it has begun', () => existsSync(path.join(options.folder, calls.marker)))

      adder.kill('SIGKILL')
      await once(adder, 'exit')
      const play = await over(await start.make(input, calls))

      assert.equal(play.state, 'succeeded')
      assert.equal(readFileSync(path.join(root, 'log'), 'utf8'), 'played\n')
    })

    test('ends what is cancelled with all that it runs, and says so', async (t) => {
      const { root, start, look, cancel } = await project(t, [
        { shell: { cmd: 'echo $$ > {{ pid }}; exec sleep 600' } },
      ])
      const file = path.join(root, 'pid')
      const started = await start.make({ ...web, variables: { pid: file } }, making())
      const pid = await until('the task runs', () => existsSync(file) && Number(readFileSync(file, 'utf8')))
      t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
      assert.deepEqual(await cancel.find?.(started, making()), { kind: 'not_found' })

      await cancel.make(started, making())

      assert.equal((await look(started)).state, 'cancelled')
      await until('the task has ended', () => !isAlive(pid))
      assert.deepEqual(await cancel.find?.(started, making()), { kind: 'found', value: undefined })
      await cancel.make(started, making())
    })

    test('leaves a play as it ended that is cancelled afterwards', async (t) => {
      const { start, over, look, cancel } = await project(t, [{ debug: { msg: 'quick' } }])
      const started = await start.make(web, making())
      await over(started)

      await cancel.make(started, making())

      assert.equal((await look(started)).state, 'succeeded')
    })

    test('takes a play that was killed with its keeper for lost, and removes its variables', {
      skip: withoutProc,
    }, async (t) => {
      const { root, options, start, look } = await project(t, waiting('{{ go }}'))
      const started = await start.make({ ...web, variables: { go: path.join(root, 'go') } }, making())
      const folder = path.join(options.folder, started.play)
      const variables = path.join(folder, 'variables.yml')
      await until('the variables are there', () => existsSync(variables))
      const running = [...programsOf(folder)]
      assert.ok(running.length >= 2)

      for (const pid of running) process.kill(pid, 'SIGKILL')

      const play = await until('it is lost', async () => {
        const each = await look(started)
        return isOver(each) && each
      })
      assert.equal(play.state, 'lost')
      assert.equal(existsSync(variables), false)
    })

    test('takes a play for lost whose keeper is told to end by the system, and not by Adder', {
      skip: withoutProc,
    }, async (t) => {
      const { root, options, start, over } = await project(t, [
        { shell: { cmd: 'echo $$ > {{ pid }}; exec sleep 600' } },
      ])
      const file = path.join(root, 'pid')
      const started = await start.make({ ...web, variables: { pid: file } }, making())
      const folder = path.join(options.folder, started.play)
      const pid = await until('the task runs', () => existsSync(file) && Number(readFileSync(file, 'utf8')))
      t.after(() => isAlive(pid) && process.kill(pid, 'SIGKILL'))
      const [keeper] = [...programsOf(folder)].filter(isKeeper)
      assert.ok(keeper !== undefined)

      process.kill(keeper, 'SIGTERM')

      const { state, hosts } = await over(started)
      assert.deepEqual([state, hosts], ['lost', []])
      await until('the task has ended', () => !isAlive(pid))
      assert.equal(existsSync(path.join(folder, 'variables.yml')), false)
    })

    test('shows variables to nobody else, in no argument, and keeps none of them', { skip: withoutProc }, async (t) => {
      const name = `VAULT_TOKEN_${randomUUID().replaceAll('-', '_').toUpperCase()}`
      const value = `hvs.${randomUUID()}`
      process.env[name] = value
      t.after(() => delete process.env[name])
      const { root, options, start, over } = await project(
        t,
        [{ debug: { msg: 'token {{ vault_token }}' } }, ...waiting('{{ go }}')],
        { secretVariables: { vault_token: secret(name) } },
      )
      const go = path.join(root, 'go')
      const started = await start.make({ ...web, variables: { go } }, making())
      const folder = path.join(options.folder, started.play)
      const variables = path.join(folder, 'variables.yml')
      await until('the variables are there', () => existsSync(variables))

      const modes = [folder, variables].map((file) => (statSync(file).mode & 0o777).toString(8))
      const shown = [...programsOf(folder)].map((pid) =>
        ['cmdline', 'environ'].map((each) => readFileSync(`/proc/${pid}/${each}`, 'utf8')).join('\0'),
      )
      await writeFile(go, '')
      const play = await over(started)

      assert.deepEqual(modes, ['700', '600'])
      assert.ok(shown.length >= 2)
      assert.ok(shown.every((each) => !each.includes(value) && !each.includes(name)))
      assert.equal(existsSync(variables), false)
      assert.match(play.output, /token \[secret\]/)
      assert.ok(!JSON.stringify(play).includes(value))
    })

    test('fails with no hosts where Ansible plays nothing, and says why', async (t) => {
      const { options, start, over } = await project(t, [{ debug: { msg: 'x' } }])
      await writeFile(path.join(options.playbooks, 'broken.yml'), '[{')
      await writeFile(path.join(options.playbooks, 'unknown.yml'), playbookOf([{ no_such_module: {} }]))

      for (const [input, why] of [
        [{ ...web, limit: ['web-3'] }, /web-3/],
        [{ ...web, limit: ['web-1', 'web-3'] }, /web-3/],
        [{ ...web, playbook: 'broken.yml' }, /YAML/],
        [{ ...web, playbook: 'unknown.yml' }, /no_such_module/],
      ] as const) {
        const { state, hosts, output } = await over(await start.make({ ...input, limit: [...input.limit] }, making()))
        assert.deepEqual([state, hosts.filter(({ ok, failed }) => ok + failed > 0)], ['failed', []])
        assert.match(output, why)
      }
    })

    test('fails where the program is not there, and says so when it is probed', async (t) => {
      const { start, over, probe } = await project(t, [], { program: '/nowhere/ansible-playbook' })

      const { state, output } = await over(await start.make(web, making()))

      assert.equal(state, 'failed')
      assert.match(output, /\/nowhere\/ansible-playbook ENOENT/)
      await assert.rejects(probe(call()), /ENOENT/)
    })

    test('probes without playing anything, and tells a folder that is missing', async (t) => {
      const { options, probe } = await project(t, [])

      await probe(call())
      await rm(options.inventory)

      await assert.rejects(probe(call()), /inventory/)
      assert.equal(existsSync(options.folder), false)
    })

    test('starts no playbook that is not below its folder', async (t) => {
      const { root, options, start } = await project(t, [])
      await writeFile(path.join(root, 'outside.yml'), playbookOf([]))
      await symlink(path.join(root, 'outside.yml'), path.join(options.playbooks, 'link.yml'))

      for (const playbook of [
        'link.yml',
        'missing.yml',
        '../outside.yml',
        '/etc/passwd',
        '--version.yml',
        'a/../play.yml',
        '',
      ])
        await assert.rejects(start.make({ ...web, playbook }, making()), ConnectorInputInvalid, playbook)
      assert.equal(existsSync(options.folder), false)
    })

    test('starts nothing on hosts that are not named', async (t) => {
      const { options, start } = await project(t, [])

      for (const limit of [
        [],
        [''],
        ['all'],
        ['*'],
        ['web-*'],
        ['web-1,web-2'],
        ['web-1:web-2'],
        ['!web-1'],
        ['@hosts'],
        ['~w'],
        ['-v'],
      ])
        await assert.rejects(start.make({ ...web, limit }, making()), ConnectorInputInvalid, limit.join())
      assert.equal(existsSync(options.folder), false)
    })

    test('starts nothing with a variable that steers Ansible, has no name, or is huge', async (t) => {
      const { start } = await project(t, [])

      for (const variables of [
        { ansible_connection: 'local' },
        { 'a b': 1 },
        { host: 'x'.repeat(100_001) },
        { __proto__x: Number.NaN },
      ])
        await assert.rejects(start.make({ ...web, variables }, making()), ConnectorInputInvalid)
    })

    test('does not find what it never started, and says where a play of another machine is', async (t) => {
      const { options, lookups, start, cancel, over } = await project(t, [])
      const shared = await start.make(web, making())
      const { machine } = shared
      await over(shared)
      const play = making().marker

      assert.deepEqual(await lookups.play({ play, machine }, call()), { kind: 'not_found' })
      await assert.rejects(cancel.make({ play, machine }, making()), /no play/)
      const elsewhere = { play, machine: 'soc-2' }
      const saysWhere = (error: unknown) => error instanceof ConnectorUnavailable && /soc-2/.test(error.message)
      await assert.rejects(lookups.play(elsewhere, call()), saysWhere)
      await assert.rejects(cancel.make(elsewhere, making()), saysWhere)
      await assert.rejects(lookups.play({ play: '../../etc', machine }, call()), ConnectorInputInvalid)

      const started = path.join(options.folder, shared.play, 'started.json')
      const ended = path.join(options.folder, shared.play, 'ended.json')
      await writeFile(started, JSON.stringify({ ...JSON.parse(readFileSync(started, 'utf8')), machine: 'soc-2' }))
      assert.equal((await lookups.play({ play: shared.play, machine: 'soc-2' }, call())).kind, 'found')
      await rm(ended)
      await assert.rejects(lookups.play({ play: shared.play, machine: 'soc-2' }, call()), saysWhere)
    })

    test('removes plays that were over longer ago than they are kept, and no others', async (t) => {
      const { options, start, over } = await project(t, [{ debug: { msg: 'x' } }], { keepFor: '1d' })
      const old = await start.make(web, making())
      await over(old)
      const recent = await start.make(web, making())
      await over(recent)
      const longAgo = new Date(Date.now() - 25 * 3_600_000).toISOString()
      for (const [file, field] of [
        ['started.json', 'startedAt'],
        ['ended.json', 'endedAt'],
      ] as const) {
        const target = path.join(options.folder, old.play, file)
        await writeFile(target, JSON.stringify({ ...JSON.parse(readFileSync(target, 'utf8')), [field]: longAgo }))
      }
      await mkdir(path.join(options.folder, 'kept-by-somebody'))
      await utimes(path.join(options.folder, 'kept-by-somebody'), 0, 0)

      const now = await start.make(web, making())

      assert.deepEqual(readdirSync(options.folder).toSorted(), [recent.play, now.play, 'kept-by-somebody'].toSorted())
    })
  })
}

/** Another Adder that starts a play, says which, and waits to be killed. */
function startInAdder(t: TestContext, started: { options: AnsibleOptions; input: unknown; marker: string }) {
  const program = path.join(import.meta.dirname, 'ansible-starter.ts')
  const adder = spawn(process.execPath, ['--conditions=adder-source', program, JSON.stringify(started)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => adder.kill('SIGKILL'))
  return adder
}

function playbookOf(tasks: Tasks): string {
  const named = tasks.map((modules, index) => ({
    name: `task ${index}`,
    ...Object.fromEntries(Object.entries(modules).map(([module, given]) => [`ansible.builtin.${module}`, given])),
  }))
  return JSON.stringify([{ name: 'Play', hosts: 'all', gather_facts: false, tasks: named }])
}

function isAlive(pid: number): boolean {
  try {
    // A zombie, which nobody in a container may reap, has ended.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** The processes whose arguments name this folder, or that are a keeper in it. */
function* programsOf(folder: string): Generator<number> {
  for (const pid of readdirSync('/proc')
    .filter((each) => /^\d+$/.test(each))
    .map(Number))
    if (isOf(pid, folder)) yield pid
}

function isOf(pid: number, folder: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder) ||
      (isKeeper(pid) && realpathSync(`/proc/${pid}/cwd`) === folder)
    )
  } catch {
    return false
  }
}

function isKeeper(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('ansible/keeper')
}
