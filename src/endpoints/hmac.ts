import type { CheckedAuth } from './auth.ts'
import { problem } from './problem-types.ts'
import { readSignature, type SignatureCheck, verifySignature } from './verify-signature.ts'

export interface HmacOptions extends SignatureCheck {
  /** In lower case: `x-hub-signature-256`. */
  header: string
  /** Who signs, shown in logs. Default `signed sender`. */
  caller?: string
}

/**
 * An HMAC-SHA256 of the raw body, in hexadecimal behind a prefix, in a header. A request without a signature of the
 * right form is refused before its body is read; 401 `endpoint.unauthenticated` in any case.
 */
export function hmac({ header, prefix, secrets, caller = 'signed sender' }: HmacOptions): CheckedAuth {
  const name = header.toLowerCase()
  return {
    kind: 'checked',
    scheme: {
      name: `signature-${name}`,
      definition: {
        type: 'apiKey',
        in: 'header',
        name,
        description: `\`${prefix}\` and the HMAC-SHA256 of the body in hexadecimal.`,
      },
      scopes: [],
    },
    beforeBody({ headers }) {
      if (readSignature(single(headers[name]), prefix) === undefined)
        throw unsigned(`The header ${name} does not hold "${prefix}" and 64 hexadecimal digits.`, name)
      return undefined
    },
    afterBody({ headers }, body) {
      if (!verifySignature(single(headers[name]), body, { prefix, secrets }))
        throw unsigned(`The signature in ${name} is not one of this body.`, name)
      return { name: caller, scopes: [] }
    },
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}

function unsigned(detail: string, header: string) {
  return problem('endpoint.unauthenticated', detail, {
    headers: { 'www-authenticate': `Signature header="${header}"` },
  })
}
