import * as z from 'zod'

/** What others reported of an address. */
export interface AddressReport {
  ip: string
  /** How sure AbuseIPDB is that the address is abusive, 0 to 100. Not clean at 0: perhaps nobody reported it yet. */
  score: number
  /** Reports within the days that were asked for. */
  reports: number
  /** How many different people made them. */
  reporters: number
  /** When the last one was made, ISO 8601; undefined where there was none. */
  lastReported?: string
  /** Whether it is on AbuseIPDB's list of the harmless, such as the crawlers of search engines. */
  isWhitelisted: boolean
  isTor: boolean
  /** Two letters (ISO 3166). */
  country?: string
  /** `Data Center/Web Hosting/Transit`. */
  usage?: string
  isp?: string
  domain?: string
  /** The report's page. */
  url: string
}

const Text = z.string().nullish()

/** https://docs.abuseipdb.com/#check-endpoint */
export const CheckAnswer = z.object({
  data: z.object({
    ipAddress: z.union([z.ipv4(), z.ipv6()]),
    abuseConfidenceScore: z.number().min(0).max(100),
    totalReports: z.int().nonnegative(),
    numDistinctUsers: z.int().nonnegative(),
    lastReportedAt: z.iso.datetime({ offset: true }).nullish(),
    isWhitelisted: z.boolean().nullish(),
    isTor: z.boolean().nullish(),
    countryCode: Text,
    usageType: Text,
    isp: Text,
    domain: Text,
  }),
})

export function addressReport(data: z.infer<typeof CheckAnswer>['data']): AddressReport {
  const known = {
    lastReported: data.lastReportedAt && new Date(data.lastReportedAt).toISOString(),
    country: data.countryCode,
    usage: data.usageType,
    isp: data.isp,
    domain: data.domain,
  }
  return {
    ip: data.ipAddress,
    score: data.abuseConfidenceScore,
    reports: data.totalReports,
    reporters: data.numDistinctUsers,
    isWhitelisted: data.isWhitelisted === true,
    isTor: data.isTor === true,
    ...present(known),
    url: `https://www.abuseipdb.com/check/${encodeURIComponent(data.ipAddress)}`,
  }
}

/** Without what is null, undefined or empty. */
function present<T extends Record<string, string | null | undefined>>(fields: T): { [K in keyof T]?: string } {
  const known = Object.entries(fields).filter(([, value]) => value)
  return Object.fromEntries(known) as { [K in keyof T]?: string } // a part of its fields
}
