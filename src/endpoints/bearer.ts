import { hash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../secrets/secret.ts'

/** The token of an `Authorization: Bearer` header (RFC 6750); undefined where there is none. */
export function bearer(header: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(header ?? '')?.[1]
}

/** The password of an `Authorization: Basic` header (RFC 7617), whoever the user is; undefined where there is none. */
export function basicPassword(header: string | undefined): string | undefined {
  const [, credentials] = /^basic +([a-z0-9+/]+={0,2})$/i.exec(header ?? '') ?? []
  if (credentials === undefined) return undefined
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(credentials, 'base64').toString()) ?? []
  return password
}

/**
 * Those whose secrets are this token. All are compared, and by their hashes, so that the time tells nothing; a secret
 * that is not set matches nothing. The secrets are read anew each time, so that a changed one counts at once.
 */
export function holdersOf<T extends { secret: Secret }>(presented: string, tokens: readonly T[]): T[] {
  const digest = sha256(presented)
  return tokens.filter(({ secret }) => secret.isSet && timingSafeEqual(sha256(secret.reveal()), digest))
}

function sha256(text: string): Buffer {
  // Not as bytes: Node allocates those outside its pool, which takes longer than the hash.
  return Buffer.from(hash('sha256', text, 'hex'))
}
