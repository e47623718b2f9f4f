import { createHmac, timingSafeEqual } from 'node:crypto'
import { listSecrets, type Secrets } from '../secrets/secret.ts'

export interface SignatureCheck {
  /** What stands before the digits: `sha256=`. */
  prefix: string
  /** The signature counts if it was made with any of them. */
  secrets: Secrets
}

/**
 * Whether a header holds the HMAC-SHA256 of exactly these bytes in hexadecimal (RFC 2104). Compares in constant time
 * and against all secrets; a secret that is not set matches nothing.
 */
export function verifySignature(
  header: string | undefined,
  body: Buffer,
  { prefix, secrets }: SignatureCheck,
): boolean {
  const presented = readSignature(header, prefix)
  if (presented === undefined) return false
  const made = listSecrets(secrets)
    .filter(({ isSet }) => isSet)
    .map((secret) => createHmac('sha256', secret.reveal()).update(body).digest())
  return made.filter((digest) => timingSafeEqual(digest, presented)).length > 0
}

/** The 32 bytes of a signature; undefined where the header is missing or has another form. */
export function readSignature(header: string | undefined, prefix: string): Buffer | undefined {
  if (!header?.startsWith(prefix)) return undefined
  const digits = header.slice(prefix.length)
  return /^[\da-f]{64}$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined
}
