import type { Connector, ConnectorDefinition, Lookup } from '../../connectors/connector.ts'
import type { FreshFor } from '../../connectors/fresh-for.ts'
import { header } from '../../connectors/http-auth.ts'
import { type HttpAnswer, httpClient, parseAnswer, path } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { checkQuota, type Quota } from '../../connectors/quota.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import { maskSecrets, type Secret } from '../../secrets/secret.ts'
import { ErrorAnswer, FileAnswer, type FileReport, fileReport } from './schema.ts'

export interface VirusTotalOptions {
  apiKey: Secret
  /** `public`: 4 look-ups a minute and 500 a day, and not for commercial work; `premium`: as agreed with VirusTotal. */
  plan: 'public' | 'premium'
  /** Default `https://www.virustotal.com`. */
  url?: string
  /** Default: that of the public plan, and none for premium, whose quota is in the agreement. `[]`: none. */
  quota?: Quota
  /** How long reports may be used again. Default `6h`, and `1h` for a file that VirusTotal does not know. */
  freshFor?: FreshFor
}

export type VirusTotal = Connector<{ file: Lookup<string, FileReport> }, Record<never, never>>

const title = 'VirusTotal'
const vendorUrl = 'https://www.virustotal.com'
/** https://docs.virustotal.com/reference/public-vs-premium-api */
const publicPlan: Quota = [
  { requests: 4, per: 'minute' },
  { requests: 500, per: 'day' },
]
const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** The EICAR test file, which every antivirus product and so VirusTotal knows: https://www.eicar.org */
const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f'

/**
 * Asks VirusTotal what its engines say of a file. It only asks: nothing is ever uploaded, because what is submitted
 * becomes public; and nobody there is told of what is your own (`config.own`).
 *
 * `file(hash)` takes an MD5, SHA-1 or SHA-256 and costs one request of the key's quota, unless a fresh report is at hand.
 * When somebody else uses the same key and its quota is used up, VirusTotal does not say which one: with the public plan the next full minute is taken for the time to ask again. A
 * key that is refused for two further minutes, with no answer in between, has used up the day's quota, which opens at
 * 00:00 UTC.
 *
 * The probe asks for the EICAR test file, which costs one request too: the operations that are free have the key in
 * their address, where logs would keep it.
 *
 * https://docs.virustotal.com/reference/file-info
 */
export function connector(options: VirusTotalOptions): ConnectorDefinition<VirusTotal> {
  expectOptions('virusTotal.connector', options, {
    apiKey: 'any',
    plan: ['public', 'premium'],
    url: 'string?',
    quota: 'any?',
    freshFor: 'any?',
  })
  const {
    apiKey,
    plan,
    url = vendorUrl,
    quota = plan === 'public' ? publicPlan : [],
    freshFor = { found: '6h', notFound: '1h' },
  } = options
  return {
    integration: 'virustotal',
    title,
    docs: 'https://docs.virustotal.com/reference/overview',
    secrets: [apiKey],
    connect: () => virusTotal({ apiKey, plan, url, quota: checkQuota(quota, 'the quota of VirusTotal'), freshFor }),
  }
}

function virusTotal({ apiKey, plan, url, quota, freshFor }: Required<VirusTotalOptions>): VirusTotal {
  const refusals = publicRefusals()
  const send = httpClient({
    title,
    baseUrl: url,
    isPublic: url === vendorUrl,
    headers: header('x-apikey', apiKey).headers,
    ...(plan === 'public' ? { quotaOpens: refusals.opens } : {}),
  })

  const file: Lookup<string, FileReport> = async (hash, { signal }) => {
    const asked = checkedHash(hash)
    const answer = await refusals.watch(() => send({ path: path`/api/v3/files/${asked}`, signal, accept: [400, 404] }))
    if (answer.status !== 200) return notFoundOrThrow(answer)
    const { attributes } = parseAnswer(FileAnswer, answer.json, `${title}: file`).data
    const report = fileReport(attributes)
    if (![report.md5, report.sha1, report.sha256].includes(asked))
      throw new ConnectorAnswerInvalid(`${title}: file: the answer is about another file than ${asked}`)
    if (report.lastAnalyzed !== undefined && attributes.last_analysis_stats === undefined)
      throw new ConnectorAnswerInvalid(`${title}: file: last_analysis_stats is missing of a file that was analysed`)
    return found(report)
  }

  return {
    lookups: { file },
    effects: {},
    isOutside: true,
    quota,
    freshFor: { file: freshFor },
    async probe(call) {
      await file(eicar, call)
    },
    async close() {},
  }
}

function checkedHash(hash: string): string {
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i.test(hash))
    throw new ConnectorInputInvalid(`${title}: file: a hash has 32, 40 or 64 hexadecimal digits (MD5, SHA-1, SHA-256)`)
  return hash.toLowerCase()
}

/** A 404 is an answer only when VirusTotal itself says it: a wrong address has 404s too. */
function notFoundOrThrow({ status, json }: HttpAnswer) {
  const { code, message } = parseAnswer(ErrorAnswer, json, `${title}: file: ${status}`).error
  if (status === 404 && code === 'NotFoundError') return notFound()
  const text = `${title}: file: answered ${status} (${code}: ${maskSecrets(message).slice(0, 300)})`
  if (code === 'NotAvailableYet') throw new ConnectorUnavailable(text, { mayHaveHappened: false })
  throw new ConnectorRefused(text, { status })
}

/** Tells the minute's quota of the public plan from the day's, by what became of the requests before. */
function publicRefusals() {
  let underWay = 0
  let refusedSince: Date | undefined
  let dayOpens: Date | undefined

  return {
    async watch<T>(ask: () => Promise<T>): Promise<T> {
      underWay += 1
      try {
        const answer = await ask()
        refusedSince = undefined
        dayOpens = undefined
        return answer
      } finally {
        underWay -= 1
      }
    },

    /** When a refusal at this time is over. */
    opens(now: Date): Date {
      refusedSince ??= now
      // One further minute proves nothing: it may have opened here and, by VirusTotal's clock, not yet there.
      const isSinceLong = nextStart(refusedSince, minuteMs).getTime() + minuteMs <= now.getTime()
      // Of many that ask at once the refused are answered first: while others are under way, one may yet be answered.
      if (isSinceLong && underWay === 1) dayOpens = nextStart(now, dayMs)
      return dayOpens !== undefined && now < dayOpens ? dayOpens : nextStart(now, minuteMs)
    },
  }
}

/** The next full minute or day, UTC. */
function nextStart(now: Date, lengthMs: number): Date {
  return new Date((Math.floor(now.getTime() / lengthMs) + 1) * lengthMs)
}
