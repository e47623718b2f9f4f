import * as z from 'zod'
import type { FreshFor } from '../../connectors/fresh-for.ts'
import * as http from '../../connectors/http.ts'
import type { Quota } from '../../connectors/quota.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import { addressReport, CheckAnswer } from './schema.ts'

export interface AbuseIpDbOptions {
  apiKey: Secret
  /** Default `https://api.abuseipdb.com`. */
  url?: string
  /** Default: that of the free plan, 1,000 look-ups a day. `[]`: none. */
  quota?: Quota
  /** How long reports may be used again. Default `6h`. */
  freshFor?: FreshFor
}

const vendorUrl = 'https://api.abuseipdb.com'

/**
 * Asks AbuseIPDB what is reported of an address on the internet; it reports nothing itself.
 *
 * `check({ ip })` takes IPv4 or IPv6. Other addresses than public ones are refused before anything is sent: they are
 * nobody's business outside. An address that nobody reported is found, with no reports. `maxAgeInDays` says how old
 * reports may be, 1 to 365, 30 by default. When the day's quota is used up, AbuseIPDB says when it opens again.
 *
 * https://docs.abuseipdb.com/#check-endpoint (read in November 2026)
 */
export function connector(options: AbuseIpDbOptions) {
  expectOptions('abuseIpDb.connector', options, { apiKey: 'any', url: 'string?', quota: 'any?', freshFor: 'any?' })
  const { apiKey, url = vendorUrl, quota = [{ requests: 1000, per: 'day' }] } = options
  return http.connector({
    integration: 'abuseipdb',
    title: 'AbuseIPDB',
    docs: 'https://docs.abuseipdb.com',
    baseUrl: url,
    isPublic: url === vendorUrl,
    isOutside: true,
    auth: http.header('Key', apiKey),
    quota,
    freshFor: { check: options.freshFor ?? { found: '6h', notFound: '0s' } },
    lookups: {
      check: http.lookup({
        input: z.object({
          ip: z.string().refine(http.isPublicAddress, 'is no public IP address'),
          maxAgeInDays: z.int().min(1).max(365).default(30),
        }),
        request: ({ ip, maxAgeInDays }) => ({ path: '/api/v2/check', query: { ipAddress: ip, maxAgeInDays } }),
        answer: CheckAnswer,
        found: ({ data }) => addressReport(data),
      }),
    },
    effects: {},
    probe: { path: '/api/v2/check', query: { ipAddress: '8.8.8.8' } },
  })
}
