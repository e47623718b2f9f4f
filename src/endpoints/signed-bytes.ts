/** What of a request a signature covers, and where the parts besides the body are. */
export interface SignedParts {
  /**
   * What is signed, with `{body}` for the body as it arrived and `{timestamp}` and `{id}` for what their headers say:
   * `v0:{timestamp}:{body}`. Default `{body}`.
   */
  signed?: string
  /**
   * When the request was signed, as Unix seconds or in RFC 3339. One that is further from Adder's clock than the
   * tolerance, in either direction, is refused. Default 300 seconds.
   */
  timestamp?: { header: string; toleranceSeconds?: number }
  /** The header with the sender's name for the request. */
  idHeader?: string
}

/** The bytes that a signature is made over. */
export function signedBytes(
  signed: string,
  { id = '', timestamp = '', body }: { id?: string | undefined; timestamp?: string | undefined; body: Buffer },
): Buffer {
  if (signed === '{body}') return body
  const parts = signed.split(/(\{body\}|\{timestamp\}|\{id\})/).map((part) => {
    if (part === '{body}') return body
    // Node reads headers as Latin-1, so that this gives back the bytes that came.
    if (part === '{timestamp}') return Buffer.from(timestamp, 'latin1')
    return part === '{id}' ? Buffer.from(id, 'latin1') : Buffer.from(part)
  })
  return Buffer.concat(parts)
}

/** What keeps these parts from proving anything, each in a sentence for whoever configured them. */
export function signedFaults({ signed = '{body}', timestamp, idHeader }: SignedParts): string[] {
  const tolerance = timestamp?.toleranceSeconds ?? 300
  return [
    ...(signed.split('{body}').length === 2 ? [] : ['signed must have {body} once']),
    ...(signed.includes('{timestamp}') === (timestamp !== undefined)
      ? []
      : ['signed must have {timestamp} where timestamp names its header, and only there']),
    ...(signed.includes('{id}') === (idHeader !== undefined)
      ? []
      : ['signed must have {id} where idHeader names its header, and only there']),
    ...(tolerance >= 1 && tolerance <= 86_400 ? [] : ['timestamp.toleranceSeconds must be 1 to 86400']),
  ]
}

/**
 * Why a timestamp is not taken; undefined where it is.
 *
 * @param text what its header says, if there is one.
 */
export function timestampFault(
  text: string | undefined,
  { header, toleranceSeconds = 300 }: NonNullable<SignedParts['timestamp']>,
  now: Date,
): string | undefined {
  const at = timeOf(text ?? '')
  if (Number.isNaN(at)) return `The header ${header} holds neither Unix seconds nor a time in RFC 3339.`
  const age = Math.round((now.getTime() - at) / 1000)
  if (Math.abs(age) <= toleranceSeconds) return undefined
  const off = age > 0 ? `${age} s old` : `${-age} s ahead of Adder's clock`
  return `The timestamp in ${header} is ${off}; ${toleranceSeconds} s are allowed.`
}

function timeOf(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
}
