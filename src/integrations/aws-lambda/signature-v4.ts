import { AwsV4Signer } from 'aws4fetch'
import type { HttpAuth } from '../../connectors/http.ts'
import type { Secret } from '../../secrets/secret.ts'

export interface AwsCredentials {
  /** `eu-central-1`. */
  region: string
  accessKeyId: Secret
  secretAccessKey: Secret
  /** Where the credentials are temporary. */
  sessionToken?: Secret
}

/**
 * Signs requests to Lambda with AWS's Signature Version 4. A signature holds for the request that it was made for, and
 * for some minutes: the clock of this machine has to be right.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html (read in November 2026)
 */
export function signatureV4({ region, accessKeyId, secretAccessKey, sessionToken }: AwsCredentials): HttpAuth {
  return {
    secrets: [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])],
    headers: () => ({}),
    async sign({ method, url, headers, body }) {
      const signer = new AwsV4Signer({
        method,
        url,
        headers: { ...headers },
        body,
        region,
        service: 'lambda',
        accessKeyId: accessKeyId.reveal().trim(),
        secretAccessKey: secretAccessKey.reveal().trim(),
        ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal().trim() }),
      })
      return Object.fromEntries((await signer.sign()).headers)
    },
  }
}
