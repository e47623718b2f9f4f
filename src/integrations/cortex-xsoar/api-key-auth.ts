import { hash, randomBytes } from 'node:crypto'
import type { HttpAuth } from '../../connectors/http-auth.ts'
import type { Secret } from '../../secrets/secret.ts'

export interface ApiKey {
  /** The number of the key in the table of API keys. */
  keyId: string
  apiKey: Secret
  securityLevel: 'advanced' | 'standard'
}

/**
 * How a request says which API key it has. An advanced key is not sent: its hash with a nonce and the time is, in
 * milliseconds, and is good for one request.
 *
 * https://docs-cortex.paloaltonetworks.com/r/Cortex-XSIAM-Platform-APIs/Make-your-first-API-call, and api_client.py of
 * https://github.com/demisto/demisto-py, which speaks to XSOAR 8 in the same way (read in November 2026)
 */
export function apiKeyAuth({ keyId, apiKey, securityLevel }: ApiKey): HttpAuth {
  return {
    secrets: [apiKey],
    headers() {
      const id = { 'x-xdr-auth-id': keyId }
      if (securityLevel === 'standard') return { ...id, authorization: apiKey.reveal() }
      const nonce = randomBytes(32).toString('hex')
      const timestamp = String(Date.now())
      return {
        ...id,
        'x-xdr-nonce': nonce,
        'x-xdr-timestamp': timestamp,
        authorization: signature(apiKey.reveal(), nonce, timestamp),
      }
    },
  }
}

/** What goes in place of an advanced key. */
export function signature(apiKey: string, nonce: string, timestamp: string): string {
  return hash('sha256', `${apiKey}${nonce}${timestamp}`, 'hex')
}
