import type { Dispatcher } from 'undici'
import { ConnectorAnswerInvalid } from '../errors/connector-errors.ts'

type Body = Dispatcher.ResponseData['body']

const maxAnswerBytes = 32 * 1024 * 1024
const maxLineLength = 1024 * 1024
const utf8 = new TextDecoder()

/**
 * The whole of an answer's body.
 *
 * @param what the request, in error messages.
 * @throws ConnectorAnswerInvalid where it is larger than 32 MiB.
 */
export async function readText(body: Body, what: () => string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of bytesOf(body)) {
    bytes += chunk.byteLength
    checkSize(bytes, what)
    chunks.push(chunk)
  }
  // Not Buffer's toString: some vendors begin their JSON with a byte-order mark.
  return utf8.decode(Buffer.concat(chunks))
}

/**
 * An answer's body line by line as it arrives, without the lines that are blank, until `eachLine` says false.
 *
 * @param what the request, in error messages.
 * @throws ConnectorAnswerInvalid where all that was read is larger than 32 MiB, or a line longer than 1 MiB.
 */
export async function readLines(body: Body, eachLine: (line: string) => boolean, what: () => string): Promise<void> {
  const decoder = new TextDecoder()
  let bytes = 0
  let unfinished = ''
  for await (const chunk of bytesOf(body)) {
    bytes += chunk.byteLength
    checkSize(bytes, what)
    const lines = (unfinished + decoder.decode(chunk, { stream: true })).split('\n')
    unfinished = lines.pop() ?? ''
    for (const line of lines) {
      checkLength(line, what)
      if (line.trim() !== '' && !eachLine(line)) return
    }
    checkLength(unfinished, what)
  }
  const last = unfinished + decoder.decode()
  if (last.trim() !== '') eachLine(last)
}

/** The stream has no encoding, so it gives bytes. */
function bytesOf(body: Body): AsyncIterable<Buffer> {
  return body
}

function checkSize(bytes: number, what: () => string): void {
  if (bytes > maxAnswerBytes)
    throw new ConnectorAnswerInvalid(`${what()}: the answer is larger than ${maxAnswerBytes} bytes`)
}

function checkLength(line: string, what: () => string): void {
  if (line.length > maxLineLength)
    throw new ConnectorAnswerInvalid(`${what()}: a line of the answer is longer than ${maxLineLength} characters`)
}
