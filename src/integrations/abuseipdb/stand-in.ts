import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'

export interface AbuseIpDbStandInOptions {
  /** The only key that is accepted. Default: a random one for each stand-in. */
  apiKey?: string
  /** Checks on one day of the clock (UTC); the next are refused as over quota. Default 1,000, as of the free plan. */
  checksPerDay?: number
  /** Default 0: the system picks one. */
  port?: number
}

export interface AbuseIpDbStandIn extends HttpStandIn {
  apiKey: string
}

/** The addresses that every stand-in has reports of, by how often they were reported; nobody reported the others. */
export const reportedAddresses = { '118.25.6.39': 1, '144.48.243.18': 3319 } as const satisfies Record<string, number>

const details: Record<number, string> = {
  401: 'Authentication failed. Your API key is either missing, incorrect, or revoked.',
  429: 'Daily rate limit of 1000 requests exceeded for this endpoint. See headers for additional details.',
}

const dayMs = 24 * 60 * 60 * 1000

/**
 * An AbuseIPDB that answers checks; on 127.0.0.1, listening once the promise resolves. It refuses what the real one's
 * documentation does not have: other operations, parameters, a wrong key, what is no address.
 *
 * https://docs.abuseipdb.com/#check-endpoint, https://docs.abuseipdb.com/#api-daily-rate-limits (read in November 2026)
 */
export async function startAbuseIpDb({
  apiKey = randomUUID(),
  checksPerDay = 1000,
  port = 0,
}: AbuseIpDbStandInOptions = {}): Promise<AbuseIpDbStandIn> {
  const isOverQuota = quota(checksPerDay)

  const server = await httpStandIn({
    port,
    failure,
    routes: {
      'GET /api/v2/check': (request) => {
        const refused = refusal(request, apiKey)
        if (refused !== undefined) return refused
        if (isOverQuota()) {
          const seconds = Math.ceil((dayMs - (Date.now() % dayMs)) / 1000)
          return { ...failure(429), headers: { 'retry-after': String(seconds) } }
        }
        return { json: { data: checked(request.query.get('ipAddress') ?? '') } }
      },
    },
  })
  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, { apiKey })
}

function refusal({ headers, query }: StandInRequest, apiKey: string): StandInAnswer | undefined {
  // Without it AbuseIPDB answers errors with a page.
  if (headers.accept !== 'application/json') return { status: 406, html: '<h1>Not Acceptable</h1>' }
  if (headers.key !== apiKey) return failure(401)
  const unknown = [...query.keys()].find((name) => name !== 'ipAddress' && name !== 'maxAgeInDays')
  if (unknown !== undefined) return invalid(unknown, `There is no parameter "${unknown}"`)
  if (isIP(query.get('ipAddress') ?? '') === 0)
    return invalid(
      'ipAddress',
      'The ip address must be a valid IPv4 or IPv6 address (e.g. 8.8.8.8 or 2001:4860:4860::8888).',
    )
  const days = Number(query.get('maxAgeInDays') ?? 30)
  if (!Number.isInteger(days) || days < 1 || days > 365)
    return invalid('maxAgeInDays', 'The max age in days must be between 1 and 365.')
  return undefined
}

function quota(checksPerDay: number): () => boolean {
  let day = 0
  let checks = 0
  return () => {
    const today = Math.floor(Date.now() / dayMs)
    checks = today === day ? checks + 1 : 1
    day = today
    return checks > checksPerDay
  }
}

function failure(status: number, message = details[status] ?? ''): StandInAnswer {
  return { status, json: { errors: [{ detail: message, status }] } }
}

function invalid(parameter: string, detail: string): StandInAnswer {
  return { status: 422, json: { errors: [{ detail, status: 422, source: { parameter } }] } }
}

function checked(ip: string) {
  const reports = Object.entries(reportedAddresses).find(([address]) => address === ip)?.[1] ?? 0
  return {
    ipAddress: ip,
    isPublic: true,
    ipVersion: isIP(ip),
    isWhitelisted: reports === 0 ? null : false,
    abuseConfidenceScore: Math.min(100, Math.floor(reports / 10)),
    countryCode: reports === 0 ? null : 'CN',
    usageType: reports === 0 ? null : 'Data Center/Web Hosting/Transit',
    isp: reports === 0 ? null : 'Tencent Cloud Computing (Beijing) Co., Ltd',
    domain: reports === 0 ? null : 'tencentcloud.com',
    hostnames: [],
    isTor: false,
    totalReports: reports,
    numDistinctUsers: Math.ceil(reports / 4),
    lastReportedAt: reports === 0 ? null : '2026-08-31T18:08:32+00:00',
  }
}
