import { gunzipSync } from 'node:zlib'
import { parseJson } from '../../endpoints/parse-json.ts'
import { problem } from '../../endpoints/problem-types.ts'

const [quote, backslash, open, close, openList] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b]
const gzipMagic = Buffer.from([0x1f, 0x8b])
/** What a body may unfold to, in bytes: senders count their batches before they compress them. */
const maxUnfolded = 8 * 1024 * 1024
const whitespace: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

/**
 * The objects of a body in which one JSON object follows another, with or without white space between them; those of a
 * list, where it is a list. None of an empty body. The body may be compressed with gzip, to 8 MiB at most.
 *
 * @throws Problem for what `parseJson` refuses in one of them, and for what is no object.
 */
export function parseConcatenatedJson(sent: Buffer): unknown {
  const body = unfolded(sent)
  if (body[afterWhitespace(body, 0)] === openList) return parseJson(body)
  const objects: unknown[] = []
  for (let at = afterWhitespace(body, 0); at < body.length; ) {
    const end = endOfObject(body, at)
    objects.push(parseJson(body.subarray(at, end)))
    at = afterWhitespace(body, end)
  }
  return objects
}

/** By its first bytes: no JSON begins with them, and a header could say otherwise than the body. */
function unfolded(body: Buffer): Buffer {
  if (!body.subarray(0, gzipMagic.length).equals(gzipMagic)) return body
  try {
    return gunzipSync(body, { maxOutputLength: maxUnfolded })
  } catch {
    throw problem('endpoint.malformed_json', 'The body is no gzip that unfolds to at most 8 MiB.')
  }
}

function afterWhitespace(body: Buffer, from: number): number {
  let at = from
  while (whitespace.has(body[at] ?? 0)) at += 1
  return at
}

/** Behind the bracket that closes the object, by counting: what else is wrong in it, `parseJson` says. */
function endOfObject(body: Buffer, from: number): number {
  let depth = 0
  let isInText = false
  for (let at = from; at < body.length; at += 1) {
    const byte = body[at]
    if (byte === quote) isInText = !isInText
    else if (isInText && byte === backslash) at += 1
    else if (!isInText && byte === open) depth += 1
    else if (!isInText && byte === close) depth -= 1
    if (depth <= 0) {
      if (byte === close && depth === 0) return at + 1
      break
    }
  }
  throw problem('endpoint.malformed_json', 'The body is not JSON objects, one after the other.')
}
