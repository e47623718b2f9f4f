import * as z from 'zod'
import type { Lookup } from '../../connectors/connector.ts'
import * as http from '../../connectors/http.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import { exportSearch } from './search-export.ts'
import { runSearchJob } from './search-job.ts'
import type { AskedSearch } from './search-rows.ts'
import { SplQuery } from './spl.ts'
import type { SplunkResult } from './splunk-alert.ts'

export interface SplunkOptions {
  /** The management port: `https://splunk.acme.example:8089`. */
  url: string
  /** An authentication token of a user who may search, and whose roles say in which indexes. */
  token: Secret
  /** Splunk's pages, `https://splunk.acme.example:8000`, for the link to a search. Default: results have none. */
  web?: string
}

const Time = z
  .string()
  .max(64)
  .regex(/^(?!rt)[\w@:.+-]+$/, 'is no time such as -24h, -1d@d, now or 1764000000; a real-time search never ends')

const SearchInput = z.object({
  query: SplQuery,
  earliest: Time.default('-24h'),
  latest: Time.default('now'),
  maxRows: z.int().min(1).max(1000).default(20),
})

/** The first rows of a search. */
export interface SearchResult {
  /** In Splunk's order: those of the last `table`, `fields` or `stats`. */
  fields: string[]
  /** At most `maxRows`. */
  rows: SplunkResult[]
  /** How many rows Splunk has, these included. */
  total: number
  /** What Splunk warns of, such as an indexer that did not answer, so that rows may be missing. */
  warnings: string[]
  /** The search over the same time in Splunk's pages; left out without `web`. */
  url?: string
}

/** The first rows of a search, as an export gives them. */
export interface ExportResult extends Omit<SearchResult, 'fields' | 'total'> {
  /** In the order in which the rows first have them; one that no row has is not among them. */
  fields: string[]
  /** How many rows the search has; left out where it was hung up on before its end, so that there may be more. */
  total?: number
}

/** A step may take 45 s; what is left is for removing the job. */
const withinMs = 35_000

/**
 * Splunk as a system that is asked.
 *
 * `search({ query, earliest, latest, maxRows })` runs a search that `spl` wrote, over the last 24 hours unless told
 * otherwise (a time in the query goes before these), and gives its first 20 rows, 1,000 at most, and how many there are;
 * `not_found` where there are none. It has 35 s. A look-up may be asked again: have the query only read (`stats`, `table`,
 * and no `collect`, `outputlookup` or `sendemail`), and the token's user may do no more.
 *
 * `export({ query, earliest, latest, maxRows })` is asked the same and reads the rows while Splunk finds them, in one
 * request and without a job: it has the first rows of a long search of events at once, and hangs up when it has enough, at
 * 4 MiB of text too. So it does not know how many there are then.
 *
 * https://help.splunk.com/en/splunk-enterprise/rest-api-reference/10.0/search-endpoints/search-endpoint-descriptions
 * (read in November 2026); Splunk Enterprise 9.0.1 or later.
 *
 * @throws ConfigError where `web` is no address.
 */
export function connector(options: SplunkOptions) {
  expectOptions('splunk.connector', options, { url: 'string', token: 'any', web: 'string?' })
  const { url, token, web } = options
  if (web !== undefined && !/^https?:$/.test(URL.parse(web)?.protocol ?? ''))
    throw new ConfigError([{ at: 'splunk.connector.web', problem: "write the address of Splunk's pages" }])
  return http.connector({
    integration: 'splunk',
    title: 'Splunk',
    docs: 'https://help.splunk.com/en/splunk-enterprise/rest-api-reference/10.0/search-endpoints/search-endpoint-descriptions',
    baseUrl: url,
    auth: http.bearer(token),
    lookups: { search: search(web), export: exportRows(web) },
    effects: {},
    probe: { path: '/services/search/jobs', query: { output_mode: 'json', count: 1 } },
  })
}

function search(web: string | undefined) {
  return (channel: http.HttpChannel): Lookup<z.input<typeof SearchInput>, SearchResult> =>
    async (given, { signal }) => {
      const { query, ...asked } = http.checked(SearchInput, given, channel)
      const job = { search: query, ...asked }
      const { earliestTime, latestTime, ...results } = await runSearchJob(channel, job, { signal, withinMs })
      if (results.total === 0) return notFound()
      if (web === undefined) return found(results)
      return found({ ...results, url: searchPage(web, { ...job, earliestTime, latestTime }) })
    }
}

function exportRows(web: string | undefined) {
  return (channel: http.HttpChannel): Lookup<z.input<typeof SearchInput>, ExportResult> =>
    async (given, { signal }) => {
      const { query, ...asked } = http.checked(SearchInput, given, channel)
      const job = { search: query, ...asked }
      const results = await exportSearch(channel, job, { signal, withinMs })
      if (results.total === 0) return notFound()
      return found(web === undefined ? results : { ...results, url: searchPage(web, job) })
    }
}

/**
 * The search again and not its job, which is gone long before somebody reads the ticket. An export does not say which
 * time was searched, so its time is as it was asked for.
 */
function searchPage(
  web: string,
  {
    search,
    earliest,
    latest,
    earliestTime,
    latestTime,
  }: AskedSearch & { earliestTime?: string | undefined; latestTime?: string | undefined },
): string {
  const page = new URL('/app/search/search', web)
  page.searchParams.set('q', search)
  page.searchParams.set('earliest', epochSeconds(earliestTime) ?? earliest)
  page.searchParams.set('latest', epochSeconds(latestTime) ?? latest)
  return page.href
}

/** Splunk's pages take no ISO 8601. */
function epochSeconds(time = ''): string | undefined {
  const ms = Date.parse(time)
  return Number.isNaN(ms) ? undefined : String(ms / 1000)
}
