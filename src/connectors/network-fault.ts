import { isCertificateFault } from './certificate-fault.ts'

/** What people call the faults that Node only gives codes for. */
const words: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there (connection refused)',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers there does not speak TLS',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
}

/** The code of a fault of the network or of TLS (`ECONNREFUSED`) in words; the code itself where it has none. */
export function networkFault(code: string): string {
  if (isCertificateFault(code)) return `the server's certificate is not trusted (${code}); see NODE_EXTRA_CA_CERTS`
  return words[code] ?? code
}
