import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../src/cli/demo/free-port.ts'
import { startStandIns } from '../../../src/cli/demo/stand-ins.ts'
import { startBalancer } from './balancer.ts'
import { startLocalCluster } from './local-cluster.ts'

/** Starts a whole cluster on loopback, gives it something to do, and ends all of it with Ctrl-C. */

const adders = 2
const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(path.join(tmpdir(), 'adder-cluster-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
})

const startedAt = Date.now()
const cluster = await startLocalCluster(folder, { engines: 3, adders })
const ports = await Promise.all(Array.from({ length: adders }, freePort))
const hooks = await startBalancer(ports)
// It tells the environment where the stand-ins are.
const standIns = await startStandIns(hooks.url)
const processes = ports.map((port, index) => startAdder({ port, index }))
await Promise.all(ports.map(ready))

say(`A cluster, ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s. Ctrl-C ends all of it.`, '')
for (const { name, ingressPort, adminPort, pid } of cluster.nodes)
  say(`  ${name}    takes calls in at ${ingressPort}, administered at ${adminPort}, process ${pid()}`)
for (const [index, port] of ports.entries())
  say(`  adder-${index + 1}   http://127.0.0.1:${port}, process ${processes[index]?.pid}`)
say(`  balancers ${hooks.url} webhooks, ${cluster.ingress} and ${cluster.admin} engines,`)
say(`            ${cluster.handlers} handlers`)
say(`  Jira      ${standIns.jira.url}`, `  data      ${folder}`, '')
for (const issue of [2, 4, 6, 8, 10]) setTimeout(report, issue * 1000).unref()
await stopped

say('', 'Stopping.')
await standIns.splunk.close()
await Promise.all(processes.map(end))
hooks.close()
await cluster.close()
await standIns.close()
process.exit(0)

function startAdder({ port, index }: { port: number; index: number }): ChildProcess {
  const args = ['start', '--config', path.join(root, 'examples/cluster'), '--port', String(port)]
  const data = path.join(folder, `adder-${index + 1}`)
  return spawn(
    process.execPath,
    ['--conditions=adder-source', path.join(root, 'src/cli/main.ts'), ...args, '--data', data, '--log-level', 'error'],
    {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...cluster.environments[index] },
    },
  )
}

async function ready(port: number): Promise<void> {
  while (!(await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined))?.ok)
    await new Promise((resolve) => setTimeout(resolve, 100))
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

function report(): void {
  const issues = standIns.jira.issues()
  say(`  ${issues.length} tickets, ${issues.flatMap(({ comments }) => comments).length} comments`)
}

function say(...lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}
