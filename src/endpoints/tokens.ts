import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../secrets/secret.ts'
import type { Caller } from './request.ts'

/** A bearer token and what its holder may do. */
export interface Token {
  /** Who holds it, shown in logs: `soc-dashboard`. Two tokens may share a name while one replaces the other. */
  name: string
  secret: Secret
  scopes: readonly string[]
}

/** The bearer tokens of a server. */
export interface Tokens {
  /** The holder of a token; undefined for one that is not known. Takes the same time for all tokens. */
  holder(presented: string): Caller | undefined
}

export function tokensFrom(tokens: readonly Token[]): Tokens {
  return {
    holder(presented) {
      const digest = sha256(presented)
      // Read anew each time, so that a changed secret is seen; all are compared, so that the time tells nothing.
      const matches = tokens.filter(({ secret }) => secret.isSet && timingSafeEqual(sha256(secret.reveal()), digest))
      const [token] = matches
      return token && { name: token.name, scopes: token.scopes }
    },
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
