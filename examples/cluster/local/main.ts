import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../../src/cli/demo/free-port.ts'
import { findings, startStandIns } from '../../../src/cli/demo/stand-ins.ts'
import { postgresPrograms, startPostgres } from '../../../test/real/postgres.ts'
import { startAdder } from './adder-process.ts'
import { startBalancer } from './balancer.ts'
import { startLocalCluster } from './local-cluster.ts'

/** Starts a whole cluster on loopback, gives it something to do, and ends all of it with Ctrl-C. */

const adderCount = 2
const alertEveryMs = 2000
let alerts = 0
const folder = mkdtempSync(path.join(tmpdir(), 'adder-cluster-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
})

const startedAt = Date.now()
say('Starting three engine nodes, PostgreSQL, balancers and two Adders …')
const [cluster, postgres, ports] = await Promise.all([
  startLocalCluster(folder, { engines: 3, adders: adderCount }),
  postgresPrograms() === undefined ? undefined : startPostgres({ detached: true }),
  Promise.all(Array.from({ length: adderCount }, freePort)),
])
const hooks = await startBalancer(ports)
// It tells the environment where the stand-ins are.
const standIns = await startStandIns(hooks.url)
const history = postgres === undefined ? {} : { HISTORY_URL: postgres.url }
const adders = await Promise.all(
  ports.map((port, index) =>
    startAdder({
      port,
      dataFolder: path.join(folder, `adder-${index + 1}`),
      env: { ...cluster.environments[index], ...history },
    }),
  ),
)

say(`Ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s. Ctrl-C ends all of it.`, '')
for (const { name, ingressPort, pid } of cluster.nodes) row(name, `http://127.0.0.1:${ingressPort}`, `process ${pid()}`)
for (const [index, { url, pid }] of adders.entries()) row(`adder-${index + 1}`, url, `process ${pid}`)
row('balancers', hooks.url, 'webhooks → Adders')
row('', cluster.ingress, 'calls → nodes')
row('', cluster.admin, 'administration → nodes')
row('', cluster.handlers, 'nodes → Adders')
if (postgres === undefined) row('PostgreSQL', 'not installed:', 'each Adder has a history of its own')
else row('PostgreSQL', `port ${postgres.port}`, 'the history of both')
row('Jira', standIns.jira.url, 'a stand-in, like the other systems')
row('data', folder)
say('', 'Kill whom you like with -9: what is left goes on. Each Adder answers, too:')
say(`  npm run adder -- runs ls --data ${path.join(folder, 'adder-1')}`, '')
const alerting = setInterval(alert, alertEveryMs)
await stopped

say('', 'Stopping.')
clearInterval(alerting)
await standIns.splunk.close()
await Promise.all(adders.map(({ end }) => end()))
hooks.close()
await Promise.all([cluster.close(), postgres?.stop(), standIns.close()])
say('All of it has ended.')
process.exit(0)

/** Has the search find one more, and tells what came of the others. */
function alert(): void {
  const issues = standIns.jira.issues()
  const comments = issues.reduce((sum, issue) => sum + issue.comments.length, 0)
  say(`  ${alerts} alerts, ${issues.length} tickets, ${comments} comments`)
  const finding = findings[alerts % findings.length]
  if (finding !== undefined) standIns.splunk.addLog(finding)
  alerts += 1
}

function row(name: string, where: string, what = ''): void {
  say(`  ${name.padEnd(11)} ${where.padEnd(23)} ${what}`.trimEnd())
}

function say(...lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}
