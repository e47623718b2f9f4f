import type { CheckedAuth } from '../endpoints/auth.ts'
import { basicPassword, bearer, holdersOf } from '../endpoints/bearer.ts'
import { problem } from '../endpoints/problem-types.ts'
import { listSecrets, type Secrets } from '../secrets/secret.ts'

export interface UrlTokenAuthOptions {
  secrets: Secrets
  /** The word before the token in the header `Authorization`, besides `Bearer`. */
  scheme?: string | undefined
  /** Who the caller is, shown in logs: the source's name. */
  caller: string
}

/**
 * A token in the address, in the path's parameter `token` or in the query, or where the sender can set a header: after
 * `Bearer` or the scheme, or as the password of HTTP Basic with any user name. Checked before the body is read and in
 * constant time; any of the secrets will do, and a secret that is not set matches nothing. 401 `endpoint.unauthenticated` otherwise.
 */
export function urlToken({ secrets, scheme, caller }: UrlTokenAuthOptions): CheckedAuth {
  return {
    kind: 'checked',
    scheme: {
      name: 'token-in-address',
      definition: {
        type: 'apiKey',
        in: 'query',
        name: 'token',
        description:
          'The token in the query, as the last part of the path, as a bearer token, or as the password of HTTP Basic.',
      },
      scopes: [],
    },
    beforeBody({ rawParams, rawQuery, headers }) {
      const { authorization } = headers
      const inHeader = [bearer(authorization), basicPassword(authorization), afterScheme(authorization, scheme)]
      const presented = [rawParams.token, rawQuery.token, ...inHeader].filter(isToken)
      if (presented.length === 0) throw unauthenticated('The request carries no token.')
      const known = listSecrets(secrets).map((secret) => ({ secret }))
      if (!presented.some((token) => holdersOf(token, known).length > 0))
        throw unauthenticated('The token is not known.')
      return { name: caller, scopes: [] }
    },
  }
}

function afterScheme(authorization = '', scheme: string | undefined): string | undefined {
  const [word, token, ...more] = authorization.split(/ +/)
  const isScheme = scheme !== undefined && word?.toLowerCase() === scheme.toLowerCase() && more.length === 0
  return isScheme ? token : undefined
}

function isToken(presented: string | string[] | undefined): presented is string {
  return typeof presented === 'string' && presented !== ''
}

function unauthenticated(detail: string) {
  return problem('endpoint.unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' } })
}
