import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSignature, type SignedRequest } from './check-signature.ts'

/** The credentials, the moment and the signatures are those of AWS's own test suite for Signature Version 4. */
const expected = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
  service: 'service',
  now: new Date('2015-08-30T12:36:00Z'),
}
const vanilla = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'

function signed({ signature = vanilla, ...request }: Partial<SignedRequest> & { signature?: string }): SignedRequest {
  const credential = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request'
  return {
    method: 'GET',
    path: '/',
    query: new URLSearchParams(),
    text: '',
    ...request,
    headers: {
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
      ...request.headers,
    },
  }
}

for (const [name, request, signature] of [
  ['get-vanilla', {}, vanilla],
  ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'get-vanilla-query-order-key-case',
    { query: new URLSearchParams('Param2=value2&Param1=value1') },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
] as const)
  test(`takes the signature of AWS's own example ${name}`, () => {
    assert.equal(checkSignature(signed({ ...request, signature }), expected), undefined)
  })

for (const [what, request, type] of [
  ['another method', { method: 'POST' }, 'InvalidSignatureException'],
  ['another path', { path: '/x' }, 'InvalidSignatureException'],
  ['another query', { query: new URLSearchParams('a=1') }, 'InvalidSignatureException'],
  ['another body', { text: '{}' }, 'InvalidSignatureException'],
  ['another host', { headers: { host: 'example.invalid' } }, 'InvalidSignatureException'],
  ['a header that should be signed and is not', { headers: { 'x-amz-a': '1' } }, 'InvalidSignatureException'],
  ['a session token that is not known', { headers: { 'x-amz-security-token': 't' } }, 'UnrecognizedClientException'],
  ['no date', { headers: { 'x-amz-date': '' } }, 'IncompleteSignatureException'],
  ['no signature', { headers: { authorization: undefined } }, 'MissingAuthenticationTokenException'],
  ['a signature of another kind', { headers: { authorization: 'Basic YTpi' } }, 'IncompleteSignatureException'],
] as const)
  test(`refuses ${what}`, () => {
    assert.equal(checkSignature(signed(request), expected)?.type, type)
  })

for (const [what, other, type] of [
  ['another secret', { secretAccessKey: 'other' }, 'InvalidSignatureException'],
  ['another key', { accessKeyId: 'AKIDOTHER' }, 'UnrecognizedClientException'],
  ['another region', { region: 'eu-central-1' }, 'InvalidSignatureException'],
  ['another service', { service: 'lambda' }, 'InvalidSignatureException'],
  ['a clock that is six minutes further', { now: new Date('2015-08-30T12:42:01Z') }, 'InvalidSignatureException'],
] as const)
  test(`refuses what was signed for or with ${what}`, () => {
    assert.equal(checkSignature(signed({}), { ...expected, ...other })?.type, type)
  })
