import { answeredAt } from '../../connectors/answered-at.ts'
import { type Duration, durationMs } from '../../connectors/duration.ts'
import { isSafeAddress } from '../../connectors/is-safe-address.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Listed, NextCall, SweepDefinition } from '../../intake/sweep.ts'
import { ListedIsGone } from '../../intake/sweep-errors.ts'
import type { Secret } from '../../secrets/secret.ts'
import { newestAlerts } from './newest-alerts.ts'
import { probeSplunk } from './probe-splunk.ts'
import { resultPages } from './result-pages.ts'
import type { FiredAlert, WebhookBody } from './schema.ts'
import { type SplunkApi, splunkApi } from './splunk-api.ts'
import { type WebhookCheck, webhookCheck } from './webhook-check.ts'

export interface SplunkSweepOptions {
  /** The management port: `https://splunk.acme.example:8089`. */
  url: string
  /** An authentication token of a user who may see the alerts and the results of their search jobs. */
  token: Secret
  /** The rest between two sweeps, at least a second. Default `5m`. */
  every?: Duration
  /**
   * Which rows of an alert that fires once for all of them. Default `first`, the one that its webhook carries; with `all`
   * the others follow with the next sweep.
   */
  rows?: 'first' | 'all'
  /** Splunk's pages, `https://splunk.acme.example:8000`, for the link to the results. Default: such an alert has none. */
  web?: string
}

const alertsAtOnce = 200

/**
 * Asks Splunk for the alerts that have fired, and for their rows. Only alerts with the action "Add to Triggered Alerts"
 * are listed, and only until they expire; the rows are there for as long as Splunk keeps the search job. An alert that
 * fires for each result has all its rows taken in; one whose search calls no webhook is left alone.
 *
 * Splunk Enterprise 9.0.1 or later:
 * https://help.splunk.com/en/splunk-enterprise/rest-api-reference/10.0/search-endpoints/search-endpoint-descriptions
 *
 * @param source whose webhooks they are: the segment below `/hooks/` in their address.
 * @throws ConfigError where an address is none or not safe, or the rest is too short.
 */
export function splunkSweep(source: string, options: SplunkSweepOptions): SweepDefinition<WebhookBody> {
  expectOptions('splunk.source.sweep', options, {
    url: 'string',
    token: 'any',
    every: 'any?',
    rows: 'any?',
    web: 'string?',
  })
  const { url, token, every = '5m', rows = 'first', web } = options
  const everyMs = durationMs(every)
  throwFaults({ url, everyMs, rows, web })
  return {
    secrets: [token],
    everyMs,
    connect() {
      const ask = splunkApi({ url, token })
      return {
        now: async (call) => answeredAt(await ask('/services/server/info', { call })),
        async list(since, call) {
          const fired = await firedAlerts(ask, { since, call })
          const hasWebhook = webhookCheck(ask, call)
          return fired.map((alert) => listedAlert(alert, { ask, hasWebhook, rows, web }))
        },
        probe: (call) => probeSplunk(ask, { source, call }),
      }
    },
  }
}

/** The newest first, by pages, until one holds nothing of the time. */
async function firedAlerts(ask: SplunkApi, { since, call }: { since: Date; call: NextCall }): Promise<FiredAlert[]> {
  const fired: FiredAlert[] = []
  for (;;) {
    const page = await newestAlerts(ask, { count: alertsAtOnce, offset: fired.length, call })
    fired.push(...page)
    if (page.length < alertsAtOnce || page.every((alert) => firedAt(alert) < since)) return fired
  }
}

function firedAt({ content }: FiredAlert): Date {
  return new Date(content.trigger_time * 1000)
}

interface Reading {
  ask: SplunkApi
  hasWebhook: WebhookCheck
  rows: 'first' | 'all'
  web: string | undefined
}

function listedAlert(alert: FiredAlert, { ask, hasWebhook, rows, web }: Reading): Listed<WebhookBody> {
  const said = webhookSays(alert, web)
  const isFirstOnly = alert.content.digest_mode && rows === 'first'
  return {
    id: said.sid,
    at: firedAt(alert),
    async *read(call) {
      if (!(await hasWebhook(alert))) return
      for await (const found of resultPages(ask, { sid: said.sid, isFirstOnly, call })) {
        if (found === undefined) throw new ListedIsGone(goneText(alert), { known: said })
        yield found.map((result) => ({ ...said, result }))
      }
    },
  }
}

/** What the webhook says of the alert, besides the row. */
function webhookSays({ author, acl, content }: FiredAlert, web: string | undefined): Omit<WebhookBody, 'result'> {
  const { sid, savedsearch_name } = content
  const app = acl?.app ?? ''
  const page = `/app/${encodeURIComponent(app || 'search')}/@go?sid=${encodeURIComponent(sid)}`
  return {
    sid,
    search_name: savedsearch_name ?? null,
    app,
    owner: acl?.owner ?? author ?? '',
    results_link: web === undefined ? '' : new URL(page, web).href,
  }
}

function goneText(alert: FiredAlert): string {
  const { sid, savedsearch_name: name } = alert.content
  const fired = `"${name ?? sid}", fired at ${firedAt(alert).toISOString()}`
  return `Splunk does not have the results of ${fired}, any more. Have it keep search jobs longer (dispatch.ttl).`
}

interface Checked {
  url: string
  everyMs: number
  rows: string
  web: string | undefined
}

function throwFaults({ url, everyMs, rows, web }: Checked): void {
  const faults: ConfigFault[] = []
  const api = URL.parse(url)
  if (api === null || !isSafeAddress(api))
    faults.push({ at: 'sources.splunk.sweep.url', problem: 'write the management port as https://<host>:8089' })
  if (everyMs < 1000) faults.push({ at: 'sources.splunk.sweep.every', problem: 'must be at least 1s' })
  if (rows !== 'first' && rows !== 'all')
    faults.push({ at: 'sources.splunk.sweep.rows', problem: "must be 'first' or 'all'" })
  if (web !== undefined && !/^https?:$/.test(URL.parse(web)?.protocol ?? ''))
    faults.push({ at: 'sources.splunk.sweep.web', problem: "write the address of Splunk's pages, https://<host>:8000" })
  if (faults.length > 0) throw new ConfigError(faults)
}
