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
  /**
   * Whether it belongs to somebody trusted, such as a search engine, whose servers may be abused all the same; undefined
   * where AbuseIPDB did not look.
   */
  isWhitelisted?: boolean
  isTor?: boolean
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
  return {
    ip: data.ipAddress,
    score: data.abuseConfidenceScore,
    reports: data.totalReports,
    reporters: data.numDistinctUsers,
    ...known({
      lastReported: data.lastReportedAt && new Date(data.lastReportedAt).toISOString(),
      isWhitelisted: data.isWhitelisted,
      isTor: data.isTor,
      country: data.countryCode,
      usage: data.usageType,
      isp: data.isp,
      domain: data.domain,
    }),
    url: `https://www.abuseipdb.com/check/${encodeURIComponent(data.ipAddress)}`,
  }
}

/** Without what AbuseIPDB does not know: null, missing, or an empty text. */
function known<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  const present = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== '')
  return Object.fromEntries(present) as { [K in keyof T]?: Exclude<T[K], null | undefined> } // a part of its fields
}
