import { ResultCodeError } from 'ldapts'
import { isCertificateFault } from '../../connectors/certificate-fault.ts'
import { networkFault } from '../../connectors/network-fault.ts'
import { AdderError } from '../../errors/adder-error.ts'
import { ConnectorAnswerInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { maskSecrets } from '../../secrets/secret.ts'

/** LDAP result codes (RFC 4511, appendix A.2) that decide something here. */
export const resultCode = {
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  strongerAuthRequired: 8,
  adminLimitExceeded: 11,
  confidentialityRequired: 13,
  noSuchObject: 32,
  invalidCredentials: 49,
  insufficientAccess: 50,
  busy: 51,
  unavailable: 52,
} as const

const passing: ReadonlySet<number> = new Set([
  resultCode.timeLimitExceeded,
  resultCode.adminLimitExceeded,
  resultCode.busy,
  resultCode.unavailable,
])

const advice: Record<number, string> = {
  [resultCode.strongerAuthRequired]: 'it wants TLS: use an ldaps:// address, or startTls',
  [resultCode.confidentialityRequired]: 'it wants TLS: use an ldaps:// address, or startTls',
  [resultCode.noSuchObject]: 'baseDn does not exist there',
  [resultCode.insufficientAccess]: 'the account of bindDn may not read this',
}

/**
 * Why Active Directory refused a bind: the `data` number in its answer to result code 49.
 *
 * https://learn.microsoft.com/windows/win32/debug/system-error-codes--1300-1699- (the same numbers, in hexadecimal)
 */
const bindFaults: Record<string, string> = {
  '525': 'there is no such account',
  '52e': 'the password is wrong',
  '530': 'the account may not log on at this time',
  '531': 'the account may not log on from this machine',
  '532': "the account's password has expired",
  '533': 'the account is disabled',
  '701': 'the account has expired',
  '773': "the account's password must be changed first",
  '775': 'the account is locked out',
}

/**
 * What a fault of the directory means to Adder: a passing state or a broken connection is tried again; a refusal, and
 * a certificate that is not trusted, are not. The messages hold the server's own words, and no secret.
 */
export function directoryError(cause: unknown, what: string): Error {
  if (cause instanceof AdderError) return cause
  if (cause instanceof ResultCodeError) return resultError(cause, what)

  const code = codeOf(cause)
  if (code !== undefined && isCertificateFault(code)) return certificateError(code, cause, what)
  if (code === 'EPROTO' || code?.startsWith('ERR_SSL_'))
    return new ConnectorRefused(`${what}: there is no TLS on this port: 636 has it, 389 needs startTls`, {
      status: 0,
      cause,
    })
  const reason = code === undefined ? said(cause) : networkFault(code)
  return new ConnectorUnavailable(maskSecrets(`${what}: ${reason}`), { mayHaveHappened: false, cause })
}

function said(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function resultError(cause: ResultCodeError, what: string): Error {
  const { code } = cause
  const says = maskSecrets(cause.message).replaceAll(/\s+/g, ' ').slice(0, 300)
  if (passing.has(code))
    return new ConnectorUnavailable(`${what}: result code ${code} (${says})`, { mayHaveHappened: false, cause })
  if (code === resultCode.sizeLimitExceeded)
    return new ConnectorAnswerInvalid(`${what}: more entries match than the directory tells`, { cause })

  const hint = code === resultCode.invalidCredentials ? bindFault(says) : advice[code]
  return new ConnectorRefused(`${what}: ${hint === undefined ? '' : `${hint}; `}result code ${code} (${says})`, {
    status: code,
    cause,
  })
}

function bindFault(says: string): string {
  const data = /\bdata ([0-9a-f]{3,4})\b/i.exec(says)?.[1]?.toLowerCase() ?? ''
  const fault = bindFaults[data] ?? 'bindDn or password is wrong'
  return `the bind was refused: ${fault}; this password is not sent again for 5 minutes`
}

function certificateError(code: string, cause: unknown, what: string): ConnectorRefused {
  const hint =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH'
      ? 'it is for another name: use the name in the certificate in url, or set servername to it'
      : "set ca to the certificate of the authority that signed it (a domain's own: certutil -ca.cert on its CA)"
  return new ConnectorRefused(`${what}: the server's certificate is not trusted (${code}); ${hint}`, {
    status: 0,
    cause,
  })
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}
