import type { Lookup } from '../../connectors/connector.ts'
import * as http from '../../connectors/http.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConnectorAnswerInvalid } from '../../errors/connector-errors.ts'
import { jobPath, locateStarted, type StartedBuild, StartedInput } from './locate-build.ts'

const longestConsole = 4000
/** More than that, for notes of Jenkins' own are between the lines, and are not sent. */
const consoleBytes = 64 * 1024

/** The end of a build's log; empty while the build is queued. */
export function lastLines(channel: http.HttpChannel): Lookup<StartedBuild, string> {
  return async (given, call) => {
    const { job, ...started } = http.checked(StartedInput, given, channel)
    const { queued, built } = await locateStarted(channel, call, { job, ...started })
    if (queued !== undefined) return found('')
    if (built === undefined) return notFound()
    const log = { path: `${jobPath(job)}/${built.number}/logText/progressiveText`, isText: true, signal: call.signal }
    // Asked from beyond its end, Jenkins would send the whole log.
    const { headers } = await channel.send({ ...log, method: 'HEAD' })
    const start = Math.max(0, logSize(headers, channel) - consoleBytes)
    const answer = await channel.send({ ...log, query: { start } })
    logSize(answer.headers, channel)
    // What is before the first line end may be half a line, or half a note.
    const text = start === 0 ? answer.text : answer.text.slice(answer.text.indexOf('\n') + 1)
    return found(endOf(text.trimEnd()))
  }
}

function logSize(headers: Headers, { what }: http.HttpChannel): number {
  const size = headers.get('x-text-size')
  if (size !== null && /^\d{1,15}$/.test(size)) return Number(size)
  throw new ConnectorAnswerInvalid(`${what}: the answer is no log: its header X-Text-Size is missing`)
}

/** Whole lines, unless there is none that fits. */
function endOf(text: string): string {
  if (text.length <= longestConsole) return text
  const lines = text.slice(-longestConsole)
  return lines.includes('\n') ? lines.slice(lines.indexOf('\n') + 1) : lines
}
