import type { IncomingHttpHeaders } from 'node:http'
import type { CheckedAuth } from './auth.ts'
import { problem } from './problem-types.ts'
import { type SignedParts, signedBytes, timestampFault } from './signed-bytes.ts'
import { formOf, readSignatures, type SignatureCheck, verifySignature } from './verify-signature.ts'

export interface HmacOptions extends SignatureCheck, SignedParts {
  /** In lower case: `x-hub-signature-256`. */
  header: string
  /** Who signs, shown in logs. Default `signed sender`. */
  caller?: string
  /** What timestamps are compared with. Default: the system's clock. */
  now?: () => Date
}

/**
 * An HMAC of the raw body, or of what `signed` says, in a header. A request without a signature of the right form, or
 * with a timestamp out of tolerance, is refused before its body is read; 401 `endpoint.unauthenticated` in any case.
 */
export function hmac({ caller = 'signed sender', now = () => new Date(), ...options }: HmacOptions): CheckedAuth {
  const { signed = '{body}', timestamp, idHeader } = options
  const name = options.header.toLowerCase()
  const form = formOf(options)
  return {
    kind: 'checked',
    scheme: {
      name: `signature-${name}`,
      definition: {
        type: 'apiKey',
        in: 'header',
        name,
        description: `${form}: the HMAC-${(options.algorithm ?? 'sha256').toUpperCase()} of \`${signed}\`.`,
      },
      scopes: [],
    },
    beforeBody({ headers }) {
      if (readSignatures(single(headers[name]), options).length === 0)
        throw unsigned(`The header ${name} does not hold ${form}.`, name)
      if (timestamp !== undefined) {
        const fault = timestampFault(textOf(headers, timestamp.header), timestamp, now())
        if (fault !== undefined) throw unsigned(fault, name)
      }
      if (idHeader !== undefined && !textOf(headers, idHeader))
        throw unsigned(`The header ${idHeader}, which is signed, is missing.`, name)
      return undefined
    },
    afterBody({ headers }, body) {
      const covered = signedBytes(signed, {
        id: textOf(headers, idHeader),
        timestamp: textOf(headers, timestamp?.header),
        body,
      })
      if (!verifySignature(single(headers[name]), covered, options))
        throw unsigned(`The signature in ${name} is not one of this body.`, name)
      return { name: caller, scopes: [] }
    },
  }
}

function textOf(headers: IncomingHttpHeaders, name: string | undefined): string | undefined {
  return name === undefined ? undefined : single(headers[name.toLowerCase()])
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}

function unsigned(detail: string, header: string) {
  return problem('endpoint.unauthenticated', detail, {
    headers: { 'www-authenticate': `Signature header="${header}"` },
  })
}
