import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../src/cli/demo/free-port.ts'
import { endEngine, endEngineNow, root, spawnNode } from '../support/adder-process.ts'
import { type OutsideSystems, startOutsideSystems } from '../support/outside-systems.ts'
import { type Account, accountOf, isSameMarker } from './account.ts'
import { KeptAdder } from './kept-adder.ts'
import { type Histogram, killByPlan } from './kill-by-plan.ts'
import { Moments } from './moments.ts'
import { planKills } from './plan-kills.ts'
import { between, seeded } from './seeded.ts'
import { AlertSender, type Sent } from './send-alerts.ts'
import { untilQuiet } from './until-quiet.ts'
import { retryAll, type WaitingRun, waitingRuns } from './waiting-runs.ts'

export interface CrashOptions {
  alerts: number
  /** The alerts are sent over so many seconds at least. */
  seconds: number
  /** How many kills are planned; some need another one beforehand. */
  kills: number
  seed: number
  /** Whether a new ticket shows in Jira's search while Adder still searches for it. */
  lag: 'below' | 'above'
  whenUnknown: 'wait for a person' | 'make again'
  /** How long Adder waits for the answer to a write, in milliseconds; 20,000 outside of tests. */
  writeTimeoutMs: number
  /** Told what is under way. */
  progress(text: string): void
}

export interface CrashResult extends Sent, Account {
  options: Pick<CrashOptions, 'alerts' | 'seconds' | 'kills' | 'seed' | 'lag' | 'whenUnknown'>
  /** While alerts were sent, in seconds. */
  loadSeconds: number
  hits: Histogram
  /** The runs that waited for a person when everything else was done, before they were tried again. */
  waits: WaitingRun[]
  /** Tickets that were made again, by configuration. */
  madeAgain: number
  /** What contradicts the promise, a sentence for each. */
  faults: string[]
}

/** Jira loses or refuses this share of requests, for each kind of trouble. */
export const trouble = { rateLimited: 0.05, retryAfterSeconds: 1, broken: 0.05, lostAnswers: 0.05 }

/** How long Jira's search lags and Adder searches, in milliseconds. */
const searches = {
  below: { lagMs: 2000, forMs: 6000 },
  above: { lagMs: 24 * 60 * 60 * 1000, forMs: 2000 },
} as const

/** Sends alerts while Adder and its engine are killed and Jira misbehaves, and gives account of what came of them. */
export async function crashRun(options: CrashOptions): Promise<CrashResult> {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-crash-'))
  const endNow = () => {
    endEngineNow(dataFolder)
    rmSync(dataFolder, { recursive: true, force: true })
  }
  process.once('exit', endNow)
  const systems = await startOutsideSystems()
  let adder: KeptAdder | undefined
  try {
    const moments = new Moments()
    adder = await startAdder({ options, systems, dataFolder, moments })
    return await play({ options, systems, adder, dataFolder, moments })
  } finally {
    await adder?.stop()
    await endEngine(dataFolder)
    process.off('exit', endNow)
    await systems.close()
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

interface Scene {
  options: CrashOptions
  systems: OutsideSystems
  dataFolder: string
  moments: Moments
}

async function startAdder({ options, systems, dataFolder, moments }: Scene): Promise<KeptAdder> {
  const { lag, whenUnknown, seed, writeTimeoutMs } = options
  const random = seeded(seed + 1)
  const policy = {
    SEARCH_FOR_SECONDS: String(searches[lag].forMs / 1000),
    WHEN_UNKNOWN: whenUnknown,
    WRITE_TIMEOUT_MS: String(writeTimeoutMs),
  }
  const project = path.join(root, 'test/crash/project')
  const env = { ...systems.env, ...policy, NODE_COMPILE_CACHE: path.join(dataFolder, 'compiled') }
  // Only a process that ends in order leaves compiled code behind for those that are killed.
  await spawnNode(['--conditions=adder-source', path.join(root, 'src/cli/main.ts'), 'check', '--config', project], env)
    .ended
  const onLog = (line: Record<string, unknown>): void => {
    if (line.msg === 'step') moments.happened('step answered')
    if (line.msg === 'engine ended') moments.happened('engine ended')
    if (line.msg === 'engine started' || line.msg === 'engine adopted') moments.happened('engine there')
  }
  return KeptAdder.start({ project, dataFolder, env, port: await freePort(), onLog }, () => between(0, 600, random))
}

async function play({
  options,
  systems,
  adder,
  dataFolder,
  moments,
}: Scene & { adder: KeptAdder }): Promise<CrashResult> {
  const { alerts, seconds, seed, lag, whenUnknown, progress } = options
  const { jira } = systems
  const random = seeded(seed)
  const plan = planKills(options.kills, random)
  const hits: Histogram = {}
  // Where its search can't find a ticket, Jira's webhook must not tell of it either.
  if (lag === 'below') registerWebhook(systems, adder)
  watch(systems, moments)
  jira.lagSearch(searches[lag].lagMs)
  jira.misbehave(trouble)

  const startedAt = Date.now()
  let kills = 0
  const second = Math.floor(startedAt / 1000)
  const sids = Array.from({ length: alerts }, (_, index) => `crash_${seed}_${index}_at_${second}_1`)
  // Alerts are kept back so that there are some for each kill: a half of its share until it is aimed.
  const due = (): number =>
    Math.ceil(alerts * Math.min((Date.now() - startedAt) / (seconds * 1000), (kills + 0.5) / (plan.length + 0.5)))
  const url = `${adder.url}/hooks/splunk/${systems.secrets.SPLUNK_HOOK_TOKEN}`
  const sender = new AlertSender({ url, sids, due, moments, random: seeded(seed + 2) })
  const reached = (count: number): void => {
    kills = count
  }
  const shown = (): void => {
    const { tickets, comments } = counts(systems)
    progress(`${Math.floor(kills)} kills, ${sender.sent.accepted} accepted, ${tickets} tickets, ${comments} comments`)
  }
  const timer = setInterval(shown, 1000)
  try {
    await Promise.all([sender.sendAll(), killByPlan({ adder, moments, plan, hits, reached })])
    const loadSeconds = (Date.now() - startedAt) / 1000
    const quiet = () => untilQuiet({ adder, dataFolder, made: () => counts(systems) })
    const stalls = [await quiet()]
    const before = accountOf(jira, sids)
    const waits = await waitingRuns(dataFolder)
    if (waits.length > 0) {
      jira.lagSearch(0)
      await retryAll(dataFolder, waits)
      stalls.push(await quiet())
    }
    const account = accountOf(jira, sids)
    const isDoublingAllowed = lag === 'above' && whenUnknown === 'make again'
    return {
      ...account,
      ...sender.sent,
      options: { alerts, seconds, kills: options.kills, seed, lag, whenUnknown },
      loadSeconds,
      hits,
      waits,
      madeAgain: isDoublingAllowed ? account.tickets - alerts : 0,
      faults: [
        ...stalls.flatMap((stall) => stall ?? []),
        ...adder.unexpectedEnds,
        ...account.lost,
        ...account.doubledComments,
        ...(isDoublingAllowed ? otherMarkers(systems) : account.doubledTickets),
        ...unlistedUnknowns({ waits, before }),
        ...(whenUnknown === 'wait for a person' ? [] : waits.map(({ run, reason }) => `${run} waited: ${reason}`)),
      ],
    }
  } finally {
    clearInterval(timer)
  }
}

/** Whatever is not whole has a run that says so. */
function unlistedUnknowns({ waits, before }: { waits: readonly WaitingRun[]; before: Account }): string[] {
  const unfinished = new Set(before.lost.map((sentence) => sentence.split(':')[0]))
  if (unfinished.size === waits.length) return []
  return [`${unfinished.size} alerts were not finished, and ${waits.length} runs waited for a person`]
}

function otherMarkers({ jira }: OutsideSystems): string[] {
  return isSameMarker(jira) ? [] : ['tickets that were made again do not have the marker of the first']
}

function counts({ jira }: OutsideSystems): { tickets: number; comments: number } {
  const issues = jira.issues()
  return { tickets: issues.length, comments: issues.reduce((sum, { comments }) => sum + comments.length, 0) }
}

function registerWebhook({ jira, secrets }: OutsideSystems, { url }: KeptAdder): void {
  jira.webhooks.register({
    url: `${url}/hooks/jira`,
    events: ['jira:issue_created', 'jira:issue_updated', 'comment_created'],
    filter: 'project = SEC',
    secret: secrets.JIRA_HOOK_SECRET ?? '',
  })
}

/** Tells of what can be seen of an alert's way outside of Adder. */
export function watch({ jira, virustotal }: Pick<OutsideSystems, 'jira' | 'virustotal'>, moments: Moments): void {
  jira.watch((moment, { method, path: asked }) => {
    if (method !== 'POST') return
    if (asked === '/rest/api/3/issue') moments.happened(moment === 'done' ? 'ticket made' : 'ticket asked for')
    if (asked.endsWith('/comment')) moments.happened(moment === 'done' ? 'comment made' : 'comment asked for')
    if (asked === '/rest/api/3/search/jql' && moment === 'arrived') moments.happened('search')
  })
  virustotal.watch((moment) => {
    if (moment === 'arrived') moments.happened('look-up')
  })
}
