import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startBalancer } from '../../examples/cluster/local/balancer.ts'
import { type LocalCluster, startLocalCluster } from '../../examples/cluster/local/local-cluster.ts'
import { freePort } from '../../src/cli/demo/free-port.ts'
import { Admin } from '../../src/engine/admin.ts'
import { type Account, accountOf } from '../crash/account.ts'
import { Moments } from '../crash/moments.ts'
import { seeded } from '../crash/seeded.ts'
import { AlertSender, alertBody, type Sent } from '../crash/send-alerts.ts'
import { type AdderOptions, type AdderProcess, root, startAdder } from '../support/adder-process.ts'
import { type OutsideSystems, startOutsideSystems } from '../support/outside-systems.ts'
import { until } from '../support/until.ts'

export const clusterProject = path.join(root, 'test/cluster/project')

/** Two Adders on one cluster of engines, with the talk's outside systems around them. */
export interface Adders {
  cluster: LocalCluster
  systems: OutsideSystems
  /** Another one in its place after each restart. */
  adders: readonly AdderProcess[]
  /** Starts an Adder again, perhaps with another project. */
  restart(index: number, project?: string): Promise<void>
  /** Sends each alert until one of the Adders has acknowledged it, over so many seconds at least. */
  send(sids: readonly string[], seconds: number, moments?: Moments): Promise<Sent>
  /** Sends the same alert to both at once; returns their answers' statuses. */
  sendToBoth(sid: string): Promise<number[]>
  comments(): number
  /** Waits until each alert has its ticket and both comments and nothing is left to do; says what Jira holds then. */
  settled(sids: readonly string[], withinMs?: number): Promise<Account>
}

export function sidsOf(count: number): string[] {
  const second = Math.floor(Date.now() / 1000)
  return Array.from({ length: count }, (_, index) => `crash_1_${index}_at_${second}_1`)
}

export interface AddersOptions {
  engines: number
  /** What their environment has besides. */
  env?: Record<string, string>
  onLog?: AdderOptions['onLog']
}

/** @param atEnd registers what has to be done in the end. */
export async function startAdders(
  atEnd: (cleanUp: () => Promise<void>) => void,
  { engines, env = {}, onLog }: AddersOptions,
): Promise<Adders> {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-cluster-'))
  const cluster = await startLocalCluster(folder, { engines, adders: 2 })
  const systems = await startOutsideSystems({ hasWriteLimits: false })
  const admin = new Admin({ url: cluster.admin })
  const ports = await Promise.all([freePort(), freePort()])
  const hooks = await startBalancer(ports)
  const adders: AdderProcess[] = []
  atEnd(async () => {
    await Promise.all(adders.map((adder) => adder.kill()))
    hooks.close()
    await admin.close()
    await cluster.close()
    await systems.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  const start = async (index: number, project = clusterProject): Promise<void> => {
    adders[index] = await startAdder({
      project,
      dataFolder: path.join(folder, `adder-${index}`),
      port: ports[index] ?? 0,
      env: {
        ...systems.env,
        ...cluster.environments[index],
        WRITE_TIMEOUT_MS: '2000',
        SEARCH_FOR_SECONDS: '6',
        WHEN_UNKNOWN: 'make again',
        ...env,
      },
      ...(onLog === undefined ? {} : { onLog }),
    })
  }
  await Promise.all(ports.map((_, index) => start(index)))
  systems.jira.webhooks.register({
    url: `${hooks.url}/hooks/jira`,
    events: ['jira:issue_created', 'jira:issue_updated', 'comment_created'],
    filter: 'project = SEC',
    secret: systems.secrets.JIRA_HOOK_SECRET ?? '',
  })

  const { jira } = systems
  const hookPath = `/hooks/splunk/${systems.secrets.SPLUNK_HOOK_TOKEN}`
  const underWay = () =>
    admin.query("SELECT id FROM sys_invocation WHERE status NOT IN ('completed', 'scheduled')").catch(() => ['?'])
  const comments = () => jira.issues().reduce((sum, { comments }) => sum + comments.length, 0)
  const logs = () => adders.map((adder) => adder.output().slice(-3000)).join('\n')
  return {
    cluster,
    systems,
    adders,
    restart: async (index, project) => {
      await adders[index]?.stop()
      await start(index, project)
    },
    send: async (sids, seconds, moments = new Moments()) => {
      const startedAt = Date.now()
      const due = () => Math.ceil((sids.length * (Date.now() - startedAt)) / 1000 / seconds)
      const url = `${hooks.url}${hookPath}`
      const sender = new AlertSender({ url, sids, due, moments, random: seeded(1) })
      await sender.sendAll()
      return sender.sent
    },
    sendToBoth: (sid) => {
      const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: alertBody(sid) }
      return Promise.all(adders.map(async ({ url }) => (await fetch(`${url}${hookPath}`, request)).status))
    },
    comments,
    settled: async (sids, withinMs = 150_000) => {
      const lost = () => accountOf(jira, sids).lost
      const isQuiet = async () =>
        comments() >= 2 * sids.length && lost().length === 0 && (await underWay()).length === 0
      // Jira and the balancers are in this process: whoever looks all the time holds up what is looked for.
      await until('nothing is left to do', isQuiet, {
        withinMs,
        everyMs: 500,
        shown: () => `${lost().join('\n')}\n${logs()}`,
      })
      return accountOf(jira, sids)
    },
  }
}
