import type { CheckedAuth } from './auth.ts'
import { bearer } from './bearer.ts'
import { isFromLocalOperator } from './local-operator.ts'
import { problem } from './problem-types.ts'
import type { Caller } from './request.ts'

/**
 * A bearer token (RFC 6750) that has all of these scopes; any known token where none is named. The tokens are those
 * given to `createServer`. Checked before the body is read: 401 `endpoint.unauthenticated` without a known token, 403
 * `endpoint.forbidden`, which names the missing scopes, with one that may not. The local operator needs none: see
 * `listenLocally`.
 */
export function token(...scopes: readonly string[]): CheckedAuth {
  return {
    kind: 'checked',
    scheme: { name: 'token', definition: { type: 'http', scheme: 'bearer' }, scopes },
    beforeBody(request, { tokens }) {
      if (isFromLocalOperator(request)) return { name: 'local operator', scopes }
      const caller = tokens.holder(presentedToken(request.headers.authorization))
      if (caller === undefined) throw unauthenticated('The bearer token is not known.', 'error="invalid_token"')
      refuseMissing(caller, scopes)
      return caller
    },
  }
}

function presentedToken(header: string | undefined): string {
  if (header === undefined) throw unauthenticated('The request has no Authorization header with a bearer token.')
  const presented = bearer(header)
  if (presented === undefined) throw unauthenticated('The Authorization header is not "Bearer" and a token.')
  return presented
}

function unauthenticated(detail: string, reason?: string) {
  const challenge = reason === undefined ? 'Bearer' : `Bearer ${reason}`
  return problem('endpoint.unauthenticated', detail, { headers: { 'www-authenticate': challenge } })
}

function refuseMissing({ scopes: held }: Caller, needed: readonly string[]): void {
  const missing = needed.filter((scope) => !held.includes(scope))
  if (missing.length === 0) return
  throw problem('endpoint.forbidden', `The token lacks the scope ${missing.join(', ')}.`, {
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${needed.join(' ')}"` },
    members: { missingScopes: missing },
  })
}
