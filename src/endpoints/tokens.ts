import type { Secret } from '../secrets/secret.ts'
import { holdersOf } from './bearer.ts'
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
      const [token] = holdersOf(presented, tokens)
      return token && { name: token.name, scopes: token.scopes }
    },
  }
}
