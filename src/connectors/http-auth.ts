import type { Secret } from '../secrets/secret.ts'

/** How requests say who asks. */
export interface HttpAuth {
  /** What it needs from the environment. */
  secrets: readonly Secret[]
  /** The header, computed anew for each request so that a rotated secret is seen. */
  headers(): Record<string, string>
  /** Headers that depend on all the rest of a request, such as a signature of it. Default: there are none. */
  sign?(request: RequestToSign): Promise<Record<string, string>>
}

/** A request as it will be sent, as far as a signature is about it. */
export interface RequestToSign {
  method: string
  url: string
  /** Those of this request alone, by their names in small letters. */
  headers: Readonly<Record<string, string>>
  /** Null where there is none. */
  body: string | null
}

/** `Authorization: Bearer <token>` (RFC 6750). */
export function bearer(token: Secret): HttpAuth {
  return { secrets: [token], headers: () => ({ authorization: `Bearer ${token.reveal()}` }) }
}

/** A header of the vendor's own: `header('Key', secret('ABUSEIPDB_KEY'))`. */
export function header(name: string, value: Secret): HttpAuth {
  return { secrets: [value], headers: () => ({ [name]: value.reveal() }) }
}

/** `Authorization: Basic <user:password>` (RFC 7617). */
export function basic(user: string | Secret, password: Secret): HttpAuth {
  const name = () => (typeof user === 'string' ? user : user.reveal())
  return {
    secrets: typeof user === 'string' ? [password] : [user, password],
    headers: () => ({ authorization: `Basic ${password.derive((value) => base64(`${name()}:${value}`))}` }),
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
