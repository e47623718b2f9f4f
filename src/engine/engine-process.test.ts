import assert from 'node:assert/strict'
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { kill } from 'node:process'
import { type TestContext, test } from 'node:test'
import { closeBeforeRemoval, dataFolder } from '../../test/engine/data-folder.ts'
import { startTestEngine } from '../../test/engine/start-test-engine.ts'
import { engineVersion } from './engine-binary.ts'
import { EngineProcess } from './engine-process.ts'
import { identityKey } from './identity-key.ts'

/** A dead child has its process id until this process has asked for its end. */
function isAlive(pid: number): boolean {
  try {
    return (
      kill(pid, 0) &&
      !(existsSync(`/proc/${pid}/status`) && /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')))
    )
  } catch {
    return false
  }
}

/** A module of an engine that has nothing to run. */
const noPrograms =
  'data:text/javascript,export const programs = () => ({ program: () => undefined, matching: () => [] })'

/** Looks without a pause, so as to see a child before its parent knows of it. */
function untilItHasChild(pid: number): void {
  const others = new Set(readdirSync('/proc'))
  const isChild = (name: string) => !others.has(name) && parentOf(name) === pid
  while (!readdirSync('/proc').some(isChild)) if (!isAlive(pid)) throw new Error('it has ended')
}

function parentOf(process: string): number | undefined {
  try {
    return Number(/(?<=^PPid:\s+)\d+/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[0])
  } catch {
    return undefined
  }
}

function enginesOn(folder: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const isEngine = readFileSync(`/proc/${name}/environ`, 'utf8').includes(`RESTATE_BASE_DIR=${folder}/`)
      return isEngine ? [Number(name)] : []
    } catch {
      return [] // No process, or one that has just ended.
    }
  })
}

interface OrphanOptions {
  environment?: Record<string, string>
  /** Default: none that there was. */
  version?: string
}

/** A process that claims the data folder as the engine of a killed Adder does, and says this version. */
async function startOrphan(
  t: TestContext,
  folder: string,
  { environment = {}, version = '0.0.1' }: OrphanOptions = {},
): Promise<ChildProcess> {
  mkdirSync(path.join(folder, 'engine', 'adder'), { recursive: true })
  const script = `require('node:http')
    .createServer((_, response) => response.end('{"version":"${version}"}'))
    .listen(${JSON.stringify(path.join(folder, 'engine', 'adder', 'admin.sock'))}, () => console.log('listening'))`
  const orphan = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...environment },
  })
  t.after(() => orphan.kill('SIGKILL'))
  await once(orphan.stdout, 'data')
  writeFileSync(path.join(folder, 'engine.pid'), String(orphan.pid))
  return orphan
}

test('an engine that is killed again and again is started again, after longer and longer waits', async (t) => {
  const { engine, engineEvents, until, start, observed } = await startTestEngine(t, {
    a: ({ steps }) => steps.step('one', () => 1),
  })

  for (let kills = 1; kills <= 3; kills += 1) {
    kill(engine.enginePid() ?? 0, 'SIGKILL')
    await until(() => engineEvents.filter(({ kind }) => kind === 'engine started').length === kills + 1)
  }
  await start('a')
  await observed('run finished')

  const waits = engineEvents.flatMap((event) => (event.kind === 'engine ended' ? [event.restartInMs] : []))
  assert.deepEqual(waits, [50, 100, 200])
  assert.equal(engineEvents.find((event) => event.kind === 'engine ended')?.reason, 'signal SIGKILL')
})

for (const [what, prepare] of [
  ['was started here', async () => undefined],
  [
    'was adopted',
    (t, folder) =>
      startOrphan(t, folder, {
        environment: { RESTATE_BASE_DIR: path.join(folder, 'engine') },
        version: engineVersion(),
      }),
  ],
] satisfies [string, (t: TestContext, folder: string) => Promise<unknown>][])
  test(`an engine that ${what} has no process id any more once it has ended`, async (t) => {
    const folder = dataFolder(t)
    await prepare(t, folder)
    const identityKeyFile = path.join(folder, 'engine.key')
    identityKey(identityKeyFile)
    const ended = Promise.withResolvers<number | undefined>()
    const engine = new EngineProcess({
      dataFolder: folder,
      identityKeyFile,
      onRestart: () => undefined,
      log: ({ kind }) => {
        if (kind === 'engine ended') ended.resolve(engine.pid)
      },
    })
    closeBeforeRemoval(folder, () => engine.stop())
    await engine.start()
    assert.ok(engine.pid !== undefined)

    kill(engine.pid, 'SIGKILL')

    assert.equal(await ended.promise, undefined)
  })

test('an engine that can’t be noted down is not started until it can be', async (t) => {
  const folder = dataFolder(t)
  const { engine, engineEvents, until } = await startTestEngine(t, {}, { folder })
  const pidFile = path.join(folder, 'engine.pid')
  rmSync(pidFile)
  mkdirSync(pidFile)

  kill(engine.enginePid() ?? 0, 'SIGKILL')
  await until(() => engineEvents.some((event) => event.kind === 'engine ended' && event.reason.includes('exit code')))
  assert.match(readFileSync(path.join(folder, 'engine.log'), 'utf8'), /engine\.pid: (Is a directory|cannot create)/i)
  rmSync(pidFile, { recursive: true })
  await until(() => engineEvents.filter(({ kind }) => kind === 'engine started').length === 2)

  assert.equal(Number(readFileSync(pidFile, 'utf8')), engine.enginePid())
})

test('an engine whose Adder was killed in the instant of starting it is found by the next', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async (t) => {
  const folder = dataFolder(t)
  const child = fork(new URL('../../test/engine/engine-child.ts', import.meta.url), [folder, noPrograms], {
    execArgv: ['--conditions=adder-source'],
    stdio: 'ignore',
  })
  untilItHasChild(child.pid ?? 0)
  child.kill('SIGKILL')
  await once(child, 'exit')

  const { engine } = await startTestEngine(t, {}, { folder })

  assert.deepEqual(enginesOn(folder), [engine.enginePid()])
})

test('an engine ends when Adder closes', async (t) => {
  const { engine } = await startTestEngine(t, {})
  const pid = engine.enginePid() ?? 0
  assert.ok(isAlive(pid))

  await engine.close()

  assert.ok(!isAlive(pid))
})

test('an engine and its secrets are its owner’s only, and it listens on no port', async (t) => {
  const folder = dataFolder(t)
  const { engine } = await startTestEngine(t, {}, { folder })

  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.equal(statSync(path.join(folder, 'engine.key')).mode & 0o777, 0o600)
  if (process.platform === 'linux') assert.deepEqual(listeningPorts(engine.enginePid() ?? 0), [])
})

test('an engine of another version is ended and replaced', async (t) => {
  const folder = dataFolder(t)
  const orphan = await startOrphan(t, folder, { environment: { RESTATE_BASE_DIR: path.join(folder, 'engine') } })

  const { engineEvents } = await startTestEngine(t, {}, { folder })

  assert.equal(orphan.signalCode, 'SIGTERM')
  assert.deepEqual(
    engineEvents.map(({ kind }) => kind),
    ['engine started'],
  )
})

test('a process that only has the process id of a dead engine is left alone', async (t) => {
  const folder = dataFolder(t)
  const orphan = await startOrphan(t, folder, { environment: { RESTATE_BASE_DIR: path.join(folder, 'engine2') } })
  rmSync(path.join(folder, 'engine', 'adder', 'admin.sock'))

  const { engineEvents } = await startTestEngine(t, {}, { folder })

  assert.deepEqual(
    engineEvents.map(({ kind }) => kind),
    ['engine started'],
  )
  assert.ok(isAlive(orphan.pid ?? 0))
})

test('an engine that answers and is not known is not disturbed', async (t) => {
  const folder = dataFolder(t)
  const stranger = await startOrphan(t, folder)
  rmSync(path.join(folder, 'engine.pid'))

  await assert.rejects(startTestEngine(t, {}, { folder }), { code: 'engine.start_failed', message: /does not know of/ })

  assert.ok(isAlive(stranger.pid ?? 0))
})

test('a data folder whose path is too long for sockets is refused before anything is started', () => {
  const make = (length: number): EngineProcess =>
    new EngineProcess({
      dataFolder: `/${'x'.repeat(length - 1)}`,
      identityKeyFile: '',
      onRestart: () => undefined,
      log: () => undefined,
    })

  make(103 - '/engine/adder/ingress.sock'.length)
  assert.throws(() => make(104 - '/engine/adder/ingress.sock'.length), {
    code: 'engine.data_folder_path_too_long',
    message: /is 1 bytes too long.*--data/,
  })
})

/** The TCP ports that a process listens on: https://docs.kernel.org/networking/proc_net_tcp.html */
function listeningPorts(pid: number): string[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
  const sockets = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
  const rows = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1),
  )
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/)
    return state === '0A' && sockets.has(inode) ? [local] : []
  })
}
