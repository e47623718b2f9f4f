import { createHmac, timingSafeEqual } from 'node:crypto'
import { listSecrets, type Secret, type Secrets } from '../secrets/secret.ts'

/** How a signature is written in its header. */
export interface SignatureForm {
  /** What stands before each signature: `sha256=`, `v1,`; empty where nothing does. */
  prefix: string
  /** Default `hex`. */
  encoding?: 'hex' | 'base64'
  /** The hash of the HMAC. Default `sha256`. */
  algorithm?: 'sha256' | 'sha512'
}

export interface SignatureCheck extends SignatureForm {
  /** The signature counts if it was made with any of them. */
  secrets: Secrets
  /**
   * `text` (default): the secret's characters are the key. `base64`: the key is what they say in base64, at least 24
   * bytes, with or without `whsec_` before it, as Standard Webhooks has it.
   */
  secretEncoding?: 'text' | 'base64'
}

const digestBytes = { sha256: 32, sha512: 64 } as const

/**
 * Whether a header holds the HMAC (RFC 2104) of exactly these bytes. Where it holds several signatures, parted by spaces,
 * one of them has to be right. Compares in constant time and against all secrets; a secret that is not set, or is no key,
 * matches nothing.
 */
export function verifySignature(header: string | undefined, signed: Buffer, check: SignatureCheck): boolean {
  const presented = readSignatures(header, check)
  if (presented.length === 0) return false
  const made = listSecrets(check.secrets)
    .map((secret) => signingKey(secret, check))
    .filter((key) => key !== undefined)
    .map((key) =>
      createHmac(check.algorithm ?? 'sha256', key)
        .update(signed)
        .digest(),
    )
  return made.flatMap((digest) => presented.filter((each) => timingSafeEqual(digest, each))).length > 0
}

/** The bytes of each signature of this form in a header; of what has another form, none. */
export function readSignatures(header: string | undefined, form: SignatureForm): Buffer[] {
  const { prefix, encoding = 'hex', algorithm = 'sha256' } = form
  const isDigits = encoding === 'hex' ? /^[\da-f]+$/i : /^[a-z\d+/]+={0,2}$/i
  // Not split at each space, because a prefix may hold one: `HMAC `.
  return ` ${header ?? ''}`
    .split(` ${prefix}`)
    .slice(1)
    .map((rest) => rest.split(' ', 1)[0] ?? '')
    .filter((digits) => isDigits.test(digits))
    .map((digits) => Buffer.from(digits, encoding))
    .filter(({ length }) => length === digestBytes[algorithm])
}

/** A signature of this form in words: `"sha256=" and 64 hexadecimal digits`. */
export function formOf({ prefix, encoding = 'hex', algorithm = 'sha256' }: SignatureForm): string {
  const bytes = digestBytes[algorithm]
  const digits = encoding === 'hex' ? `${bytes * 2} hexadecimal digits` : `${bytes} bytes in base64`
  return prefix === '' ? digits : `"${prefix}" and ${digits}`
}

/** The key that a secret holds; undefined where it is not set, or is not the base64 that it should be. */
export function signingKey(
  secret: Secret,
  { secretEncoding = 'text' }: Pick<SignatureCheck, 'secretEncoding'>,
): Buffer | undefined {
  if (!secret.isSet) return undefined
  const value = secret.reveal()
  if (secretEncoding === 'text') return Buffer.from(value)
  const [, digits] = /^(?:whsec_)?([a-z\d+/]{32,}={0,2})$/i.exec(value) ?? []
  return digits === undefined ? undefined : Buffer.from(digits, 'base64')
}
