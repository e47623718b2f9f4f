import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface SignedRequest {
  method: string
  /** As it was sent. */
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  text: string
}

export interface ExpectedSigner {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
  region: string
  service: string
  now: Date
}

/** What AWS answers with status 403. */
export interface SignatureFault {
  type: string
  message: string
}

/** AWS takes signatures that are at most so much older or newer than its clock. */
const longestAgeMs = 5 * 60_000

/**
 * What is wrong with a request's Signature Version 4, worked out from the specification and not with the library that
 * signs.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function checkSignature(request: SignedRequest, expected: ExpectedSigner): SignatureFault | undefined {
  const { authorization } = request.headers
  if (authorization === undefined)
    return { type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' }
  const parts =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    )
  const date = header(request, 'x-amz-date')
  const signedAt = momentOf(date)
  if (parts === null || signedAt === undefined)
    return { type: 'IncompleteSignatureException', message: 'Authorization header requires other parts' }
  const [, keyId, day = '', region, service, signedHeaders = '', signature = ''] = parts
  if (keyId !== expected.accessKeyId || header(request, 'x-amz-security-token') !== (expected.sessionToken ?? ''))
    return { type: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' }
  if (region !== expected.region || service !== expected.service || !date.startsWith(day))
    return { type: 'InvalidSignatureException', message: 'Credential should be scoped to a valid region.' }
  if (Math.abs(expected.now.getTime() - signedAt) > longestAgeMs)
    return { type: 'InvalidSignatureException', message: `Signature expired: ${date}` }
  const names = signedHeaders.split(';')
  const unsigned = Object.keys(request.headers).find(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !names.includes(name),
  )
  if (unsigned !== undefined)
    return { type: 'InvalidSignatureException', message: `'${unsigned}' must be a signed header` }

  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonicalRequest(request, names))].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${expected.secretAccessKey}`)
  if (timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))) return undefined
  const message = 'The request signature we calculated does not match the signature you provided.'
  return { type: 'InvalidSignatureException', message }
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const { method, path, query, text } = request
  const headers = signedHeaders.map((name) => `${name}:${header(request, name).trim().replaceAll(/ +/g, ' ')}\n`)
  const pairs = [...query].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort()
  return [
    method,
    // Encoded once more than it was sent, as for every service but S3.
    path.split('/').map(encode).join('/'),
    pairs.join('&'),
    headers.join(''),
    signedHeaders.join(';'),
    sha256(text),
  ].join('\n')
}

function header({ headers }: SignedRequest, name: string): string {
  return [headers[name] ?? ''].flat().join(',')
}

/** `20150830T123600Z` */
function momentOf(date: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  const moment = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(moment) ? undefined : moment
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
