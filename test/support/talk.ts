import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { adfText } from '../../src/integrations/jira/adf-text.ts'
import type { StandInIssue } from '../../src/integrations/jira/stand-in.ts'
import type { SplunkStandIn } from '../../src/integrations/splunk/stand-in.ts'
import { type AdderProcess, endEngine, endEngineNow, startAdder, talkProject } from './adder-process.ts'
import { type OutsideSystems, splunkOf, startOutsideSystems } from './outside-systems.ts'
import { until } from './until.ts'

export interface TalkOptions {
  /** The folder of the configuration. Default: the talk's. */
  project?: string
  /** Whether Jira tells Adder what happens. Default true. */
  hasWebhook?: boolean
  /** Further arguments of `adder start`. */
  args?: readonly string[]
  /** What Adder's environment has besides. */
  env?: Record<string, string>
  /** Adder's own folder, which goes away in the end. Default: a new one. */
  dataFolder?: string
  /** How Splunk's saved search calls the webhook. Default: for each result. */
  trigger?: 'for each result' | 'once'
}

/** A running Adder with everything around it. */
export interface Talk extends OutsideSystems {
  splunk: SplunkStandIn
  /** Another one after each restart. */
  readonly adder: AdderProcess
  dataFolder: string
  /** Starts Adder again on the same folder and port. */
  restart(): Promise<void>
  /** Has Jira's webhook registered once more. */
  registerWebhook(): void
  /** What Splunk's webhook sends for such a finding. */
  alert(finding: Finding): Record<string, unknown>
  postAlert(alert: unknown): Promise<Response>
  /** Posts to a path of Adder's with the token of its API. */
  postApi(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  tickets(user: string): readonly StandInIssue[]
  /** The texts of the comments of the only ticket for this user; none where there is no ticket yet. */
  comments(user: string): string[]
  /** Waits until so many comments are there and Adder has nothing left to do. */
  settled(user: string, comments: number): Promise<string[]>
  /** Waits until Adder has nothing left to do. */
  idle(): Promise<void>
}

export interface Finding {
  user: string
  md5: string
}

/**
 * Starts the talk: stand-ins, and an Adder in a process of its own.
 *
 * @param atEnd registers what has to be done in the end: `t.after` of a test, or `after` for a file.
 */
export async function startTalk(
  atEnd: (cleanUp: () => Promise<void>) => void,
  {
    project = talkProject,
    hasWebhook = true,
    args = [],
    trigger = 'for each result',
    env: further = {},
    dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-')),
  }: TalkOptions = {},
): Promise<Talk> {
  const systems = await startOutsideSystems()
  const { jira, secrets } = systems
  const splunk = await splunkOf(() => adder?.url ?? '', systems, { trigger })
  const env = { ...systems.env, SPLUNK_URL: splunk.url, SPLUNK_API_TOKEN: splunk.apiToken, ...further }
  const start = (port: number) => startAdder({ project, dataFolder, env, port, args })
  let adder: AdderProcess | undefined
  const endNow = () => endEngineNow(dataFolder)
  process.once('exit', endNow)
  atEnd(async () => {
    await adder?.kill()
    await endEngine(dataFolder)
    process.off('exit', endNow)
    await Promise.all([splunk.close(), systems.close()])
    rmSync(dataFolder, { recursive: true, force: true })
  })
  const first = await start(0)
  adder = first

  const registerWebhook = (): void =>
    jira.webhooks.register({
      url: `${first.url}/hooks/jira`,
      events: ['jira:issue_created', 'jira:issue_updated', 'comment_created'],
      filter: 'project = SEC',
      secret: secrets.JIRA_HOOK_SECRET ?? '',
    })
  if (hasWebhook) registerWebhook()

  const tickets = (user: string) => jira.issues().filter(({ fields }) => String(fields.summary).includes(user))
  const comments = (user: string): string[] =>
    tickets(user).flatMap(({ key }) => jira.comments(key).map(({ body }) => adfText(body)))
  const shown = () => `${adder?.output().slice(-6000)}`
  const idle = async (): Promise<void> => {
    await until(
      'Adder has nothing left to do',
      async () => (await adder?.underWay().catch(() => ['?']))?.length === 0,
      {
        shown,
      },
    )
  }

  return {
    ...systems,
    env,
    splunk,
    dataFolder,
    get adder() {
      return adder ?? first
    },
    restart: async () => {
      adder = await start(first.port)
    },
    registerWebhook,
    alert: ({ user, md5 }) => ({
      sid: `scheduler__admin__search__RMD5${randomUUID()}_at_${Math.floor(Date.now() / 1000)}_1`,
      search_name: 'MockScan Alert',
      app: 'search',
      owner: 'admin',
      results_link: 'http://splunk.example:8000/app/search/@go?sid=1',
      result: { user, md5, host: 'mona-laptop', _time: String(Date.now() / 1000) },
    }),
    postAlert: (alert) =>
      fetch(`${first.url}/hooks/splunk/${secrets.SPLUNK_HOOK_TOKEN}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alert),
      }),
    postApi: (to, body, headers = {}) =>
      fetch(`${first.url}${to}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${secrets.ADDER_TOKEN}`,
          ...headers,
        },
        body: JSON.stringify(body),
      }),
    tickets,
    comments,
    settled: async (user, count) => {
      await until(`${user}'s ticket has ${count} comments`, () => comments(user).length >= count, {
        shown: () => `tickets: ${tickets(user).length}, comments: ${JSON.stringify(comments(user))}\n${shown()}`,
        withinMs: 60_000,
      })
      await idle()
      return comments(user)
    },
    idle,
  }
}
