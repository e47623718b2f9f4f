import type { Caller, UncheckedRequest } from './request.ts'
import type { Tokens } from './tokens.ts'

/** Nobody is asked who they are. */
export interface OpenAuth {
  kind: 'open'
}

/** What a check can look things up in. */
export interface AuthServices {
  /** The bearer tokens that `createServer` was given. */
  tokens: Tokens
}

/**
 * Finds out who is asking. At least one of the checks must be there, and one of them has to return a caller, or the
 * request is answered 401; a check that knows better throws a `Problem`.
 */
export interface CheckedAuth {
  kind: 'checked'
  /** Runs before a byte of the body is read, so that a stranger can't make Adder read it. */
  beforeBody?(request: UncheckedRequest, services: AuthServices): Caller | undefined | Promise<Caller | undefined>
  /** Runs on the raw bytes, before they are parsed: for signatures. */
  afterBody?(
    request: UncheckedRequest,
    body: Buffer,
    services: AuthServices,
  ): Caller | undefined | Promise<Caller | undefined>
  /** How callers identify themselves, for the OpenAPI document (§4.8.27 Security Scheme Object). */
  scheme: SecurityScheme
}

export type Auth = OpenAuth | CheckedAuth

export interface SecurityScheme {
  /** The scheme's name in the document: `token`. Auths that share a name must share the definition. */
  name: string
  definition: Readonly<Record<string, unknown>>
  /** Scopes that the caller needs; shown in the endpoint's description. */
  scopes: readonly string[]
}

/** No check: anybody who can reach the server is answered. */
export function open(): OpenAuth {
  return { kind: 'open' }
}
