import type { CheckedAuth } from '../endpoints/auth.ts'
import { holdersOf } from '../endpoints/bearer.ts'
import { problem } from '../endpoints/problem-types.ts'
import { listSecrets, type Secrets } from '../secrets/secret.ts'

export interface HeaderTokenAuthOptions {
  header: string
  secrets: Secrets
  /** Who the caller is, shown in logs: the source's name. */
  caller: string
}

/**
 * A token that is the whole value of a header. Checked before the body is read and in constant time; any of the secrets
 * will do, and a secret that is not set matches nothing. 401 `endpoint.unauthenticated` otherwise.
 */
export function headerToken({ header, secrets, caller }: HeaderTokenAuthOptions): CheckedAuth {
  const name = header.toLowerCase()
  return {
    kind: 'checked',
    scheme: {
      name: `token-${name}`,
      definition: { type: 'apiKey', in: 'header', name, description: 'The token.' },
      scopes: [],
    },
    beforeBody({ headers }) {
      const presented = headers[name]
      if (typeof presented !== 'string' || presented === '')
        throw unauthenticated(`There is no token in ${name}.`, name)
      const known = listSecrets(secrets).map((secret) => ({ secret }))
      if (holdersOf(presented, known).length === 0) throw unauthenticated(`The token in ${name} is not known.`, name)
      return { name: caller, scopes: [] }
    },
  }
}

function unauthenticated(detail: string, header: string) {
  return problem('endpoint.unauthenticated', detail, { headers: { 'www-authenticate': `Token header="${header}"` } })
}
