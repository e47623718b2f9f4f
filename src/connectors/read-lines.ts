import type { Dispatcher } from 'undici'
import { ConnectorAnswerInvalid } from '../errors/connector-errors.ts'

type Body = Dispatcher.ResponseData['body']

const maxLineLength = 1024 * 1024

/**
 * An answer's body line by line as it arrives, without the lines that are blank, until `eachLine` says false.
 *
 * @param what the request, in error messages.
 * @throws ConnectorAnswerInvalid where a line is longer than 1 MiB, and undici's error where all is larger than it takes.
 */
export async function readLines(body: Body, eachLine: (line: string) => boolean, what: () => string): Promise<void> {
  const decoder = new TextDecoder()
  let unfinished = ''
  for await (const chunk of bytesOf(body)) {
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

function checkLength(line: string, what: () => string): void {
  if (line.length > maxLineLength)
    throw new ConnectorAnswerInvalid(`${what()}: a line of the answer is longer than ${maxLineLength} characters`)
}
