import { setTimeout } from 'node:timers/promises'
import { type Adders, sidsOf, startAdders } from '../cluster/start-adders.ts'
import { type Postgres, postgresPrograms, startPostgres } from '../real/postgres.ts'
import { until } from '../support/until.ts'
import type { Account } from './account.ts'
import { trouble, watch } from './crash-run.ts'
import { Moments } from './moments.ts'
import { boundaries } from './plan-kills.ts'
import { between, seeded, shuffled } from './seeded.ts'
import type { Sent } from './send-alerts.ts'

export interface ClusterRunOptions {
  alerts: number
  /** The alerts are sent over so many seconds at least. */
  seconds: number
  kills: number
  seed: number
  /** How long the Adders wait for the answer to a write, in milliseconds; 20,000 outside of tests. */
  writeTimeoutMs: number
  /** Told what is under way. */
  progress(text: string): void
}

export interface ClusterResult extends Sent, Account {
  options: Pick<ClusterRunOptions, 'alerts' | 'seconds' | 'kills' | 'seed'>
  loadSeconds: number
  /** Whom each kill hit, and where. */
  hits: readonly { victim: string; at: string }[]
  /** What contradicts the promise, a sentence for each. */
  faults: string[]
}

/** One that a kill can hit; it is there again when `again` resolves. */
interface Victim {
  name: string
  kill(): Promise<unknown>
  again(): Promise<unknown>
}

/** How long a moment is waited for, and how long the end may take, in milliseconds. */
const comesWithinMs = 10_000
const settlesWithinMs = 1_200_000

/** How long Jira's search lags, in milliseconds; less than the Adders search. */
const lagMs = 2000

/** Sends alerts to a cluster while its Adders, its nodes and its PostgreSQL are killed and Jira misbehaves. */
export async function clusterRun(options: ClusterRunOptions): Promise<ClusterResult> {
  const cleanUps: (() => Promise<unknown>)[] = []
  try {
    const postgres = postgresPrograms() === undefined ? undefined : await startPostgres()
    if (postgres !== undefined) cleanUps.push(() => postgres.stop())
    const moments = new Moments()
    const scene = await startAdders((cleanUp) => cleanUps.push(cleanUp), {
      engines: 3,
      env: { WRITE_TIMEOUT_MS: String(options.writeTimeoutMs), ...(postgres && { HISTORY_URL: postgres.url }) },
      onLog: ({ msg }) => {
        if (msg === 'step') moments.happened('step answered')
      },
    })
    return await play(options, { scene, postgres, moments })
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp()
  }
}

interface Played {
  scene: Adders
  postgres: Postgres | undefined
  moments: Moments
}

async function play(options: ClusterRunOptions, { scene, postgres, moments }: Played): Promise<ClusterResult> {
  const { alerts, seconds, kills, seed, progress } = options
  const { jira } = scene.systems
  watch(scene.systems, moments)
  jira.lagSearch(lagMs)
  jira.misbehave(trouble)
  const sids = sidsOf(alerts)
  const startedAt = performance.now()
  const hits: { victim: string; at: string }[] = []
  const shown = () => progress(`${hits.length} kills, ${jira.issues().length} tickets, ${scene.comments()} comments`)
  const timer = setInterval(shown, 1000)
  try {
    const killing = killAll(victimsOf(scene, postgres), { moments, random: seeded(seed), count: kills, hits })
    const [sent] = await Promise.all([scene.send(sids, seconds, moments), killing])
    const loadSeconds = (performance.now() - startedAt) / 1000
    const account = await scene.settled(sids, settlesWithinMs)
    const faults = [...account.lost, ...account.doubledTickets, ...account.doubledComments]
    return { ...account, ...sent, options: { alerts, seconds, kills, seed }, loadSeconds, hits, faults }
  } finally {
    clearInterval(timer)
  }
}

function victimsOf(scene: Adders, postgres: Postgres | undefined): Victim[] {
  return [
    ...scene.adders.map((_, index) => ({
      name: `Adder ${index + 1}`,
      kill: async () => scene.adders[index]?.kill(),
      again: () => scene.restart(index),
    })),
    ...scene.cluster.nodes.map((node) => ({
      name: node.name,
      kill: () => node.end('SIGKILL'),
      again: async () => {
        node.start()
        const health = `http://127.0.0.1:${node.ingressPort}/restate/health`
        const isThere = async () => (await fetch(health).catch(() => undefined))?.ok
        await until(`${node.name} is there again`, isThere, { withinMs: 120_000 })
      },
    })),
    ...(postgres ? [{ name: 'PostgreSQL', kill: () => postgres.kill(), again: () => postgres.start() }] : []),
  ]
}

interface Killing {
  moments: Moments
  random: () => number
  count: number
  hits: { victim: string; at: string }[]
}

/** One after the other, each when the one before is there again: two of three nodes have to be. */
async function killAll(victims: readonly Victim[], { moments, random, count, hits }: Killing): Promise<void> {
  const places = boundaries.filter(({ after }) => after === undefined)
  const inTurn = <T>(all: readonly T[]) =>
    Array.from({ length: Math.ceil(count / all.length) }, () => shuffled(all, random)).flat()
  const [whom, where] = [inTurn(victims), inTurn(places)]
  for (const [index, victim] of whom.slice(0, count).entries()) {
    const place = where[index]
    if (place === undefined) continue
    await setTimeout(between(50, 800, random))
    const skip = between(0, place.maxSkip, random)
    let killed: Promise<unknown> | undefined
    const kill = (): void => {
      killed = victim.kill()
    }
    const hasCome = await moments.actAt(place.moment, { skip, withinMs: comesWithinMs }, kill)
    if (!hasCome) kill()
    await killed
    hits.push({ victim: victim.name, at: hasCome ? place.name : 'at any moment' })
    await setTimeout(between(0, 600, random))
    await victim.again()
  }
}
