import { maskSecrets } from '../secrets/secret.ts'
import { HistoryUnavailable } from './history-errors.ts'
import type { StoreFault } from './history-store.ts'

/**
 * What has to be mended outside before the database can be used, by the error's code: PostgreSQL's own
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html) or Node's.
 */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/^28P01$/, 'Check the user and the password in the URL'],
  [
    /^28/,
    "The server's pg_hba.conf has no rule for this user, database and address. Where it asks for TLS, add ?sslmode=verify-full to the URL",
  ],
  [/^3D000$/, 'Create the database, or check its name in the URL'],
  [/^42501$/, 'Make the user the owner of the database, or let it create tables in its schema'],
  [/^NO_TLS$/, 'Turn TLS on at the server, or take sslmode out of the URL where the network is trusted'],
  [
    /^(?:SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|CERT_|ERR_TLS_)/,
    "Name the authority that signed the server's certificate with sslrootcert=/path/ca.crt in the URL, and the server by a name that is in it",
  ],
  [/^NO_FILE$/, 'Check the files that the URL names with sslrootcert, sslcert and sslkey'],
]

/** Whether this is for a person to mend, and waiting alone does not help. */
export function needsMending(error: unknown): boolean {
  return remedyOf(error) !== undefined
}

/** What an error of PostgreSQL, or of the way to it, says, and how to mend it. */
export function explainPostgres(error: unknown): string {
  if (error instanceof HistoryUnavailable) return error.message
  const remedy = remedyOf(error)
  return remedy === undefined ? words(error) : `${words(error)}. ${remedy}`
}

/** What an error of PostgreSQL means for the history. */
export function postgresFault(error: unknown): StoreFault {
  if (error instanceof HistoryUnavailable) return 'passing'
  const state = sqlState(error)
  // Data that does not fit, broken constraints and limits are the entry's own fault. Everything else is the server's.
  return state === undefined || /^(?:22|23|54)/.test(state) ? 'other' : 'passing'
}

/** PostgreSQL's own code of an error; undefined where the error is not from the server. */
export function sqlState(error: unknown): string | undefined {
  const isAnswer = error instanceof Error && 'severity' in error && 'code' in error
  return isAnswer && typeof error.code === 'string' ? error.code : undefined
}

function remedyOf(error: unknown): string | undefined {
  const code = codeOf(error instanceof HistoryUnavailable ? error.cause : error)
  return remedies.find(([codes]) => codes.test(code))?.[1]
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  // The one refusal that `pg` gives no code.
  if (error.message === 'The server does not support SSL connections') return 'NO_TLS'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return code === 'ENOENT' && 'syscall' in error && error.syscall === 'open' ? 'NO_FILE' : code
}

function words(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(words).join('; ')
  return maskSecrets(error instanceof Error ? error.message : String(error))
}
