import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/**
 * The key that the engine signs its calls with, so that nothing else on this machine can call Adder's services.
 * Generated once, kept in a file that only its owner can read.
 *
 * @returns the public key as the SDK's `withIdentityV1` takes it.
 */
export function identityKey(file: string): string {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  }
  const jwk = createPublicKey(createPrivateKey(readFileSync(file))).export({ format: 'jwk' })
  return `publickeyv1_${base58(Buffer.from(jwk.x ?? '', 'base64url'))}`
}

function base58(bytes: Buffer): string {
  let number = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  for (; number > 0n; number /= 58n) text = alphabet.charAt(Number(number % 58n)) + text
  const zeros = bytes.findIndex((byte) => byte !== 0)
  return '1'.repeat(Math.max(zeros, 0)) + text
}
