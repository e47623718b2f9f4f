import { execFile } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * An authority and a server's certificate that it signed, for two days: `ca.crt`, `server.crt` and `server.key` in a
 * folder.
 *
 * @param names the server's, as OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`.
 */
export async function writeCertificates(folder: string, names: string): Promise<void> {
  const openssl = (...arguments_: string[]) => run('openssl', arguments_, { cwd: folder })
  const newKey = ['-newkey', 'rsa:2048', '-nodes']
  await writeFile(path.join(folder, 'names'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`)
  await openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Test CA', '-addext', 'keyUsage=critical,keyCertSign'],
    ...['-keyout', 'ca.key', '-out', 'ca.crt'],
  )
  await openssl('req', ...newKey, '-subj', '/CN=server', '-keyout', 'server.key', '-out', 'server.csr')
  await openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'],
    ...['-extfile', 'names', '-out', 'server.crt'],
  )
  await chmod(path.join(folder, 'server.key'), 0o600)
}
