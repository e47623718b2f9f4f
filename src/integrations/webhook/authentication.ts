import { expectOptions } from '../../errors/expect-options.ts'
import type { HeaderToken, Signature, UrlToken } from '../../intake/source.ts'
import type { Secrets } from '../../secrets/secret.ts'

export interface TokenOptions {
  /** Several are valid at once, while one replaces the other. */
  secret: Secrets
  /**
   * The header whose whole value is the token, and no other place. Default: the address, a bearer token, or the password
   * of HTTP Basic.
   */
  header?: string
}

/** For a sender that can't sign: a token, checked before the body is read. */
export function token(options: TokenOptions): UrlToken | HeaderToken {
  expectOptions('webhook.token', options, { secret: 'any', header: 'string?' })
  const { secret, header } = options
  return header === undefined
    ? { kind: 'url-token', secrets: secret }
    : { kind: 'header-token', header, secrets: secret }
}

export interface SignatureOptions extends Omit<Signature, 'kind' | 'secrets'> {
  /** Several are valid at once, while one replaces the other. */
  secret: Secrets
}

/**
 * For a sender that signs with an HMAC: which header has the signature, how it is written there, and what is signed. A
 * delivery whose timestamp is out of tolerance, or lacks a header that is signed, is refused before its body is read.
 */
export function signature(options: SignatureOptions): Signature {
  expectOptions('webhook.signature', options, {
    secret: 'any',
    secretEncoding: 'any?',
    header: 'any',
    prefix: 'any',
    encoding: 'any?',
    algorithm: 'any?',
    signed: 'any?',
    timestamp: 'any?',
    idHeader: 'any?',
  })
  const { secret, ...form } = options
  return { kind: 'signature', ...form, secrets: secret }
}
