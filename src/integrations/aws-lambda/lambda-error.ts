import type { HttpRefusal } from '../../connectors/http.ts'
import { ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'

/** All of them come with 403, as a permission that is missing does. */
const credentialFaults: ReadonlySet<string> = new Set([
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'UnrecognizedClientException',
])

/** What Lambda answers with 409 while it makes a function ready; nothing was invoked then. */
const passing: ReadonlySet<string> = new Set(['ResourceConflictException', 'SnapStartNotReadyException'])

/**
 * What Lambda's own name of an error says better than its status: that the credentials are wrong, which somebody renews,
 * and that a function is not ready yet. An execution's name that was used with another payload
 * (`DurableExecutionAlreadyStartedException`) comes with 409, too, and stays a refusal.
 *
 * https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html,
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors,
 * https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html (read in November 2026)
 */
export function lambdaError({ headers, message }: HttpRefusal): Error | undefined {
  // Some of AWS's services have an address behind the name.
  const type = headers.get('x-amzn-errortype')?.split(':')[0] ?? ''
  if (credentialFaults.has(type))
    return new ConnectorRefused(
      `${message}; the credentials are wrong or have expired, or this machine's clock is wrong`,
      { status: 401 },
    )
  return passing.has(type) ? new ConnectorUnavailable(message, { mayHaveHappened: false }) : undefined
}
