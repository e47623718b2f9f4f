import type { StandInAnswer, StandInRequest } from '../../../stand-ins/http-stand-in.ts'

/** What ends a request with an answer of its own. */
export class Refused extends Error {
  readonly answer: StandInAnswer

  constructor(answer: StandInAnswer) {
    super('refused')
    this.answer = answer
  }
}

export function refusal(status: number, text: string, type: 'WARN' | 'ERROR' | 'FATAL' = 'ERROR'): Refused {
  return new Refused(failure(status, text, type))
}

/** Splunk's way to say that something is wrong. */
export function failure(status: number, text: string, type = 'ERROR'): StandInAnswer {
  return { status, json: { messages: [{ type, text }] } }
}

export function checkQuery({ query }: StandInRequest, known: readonly string[]): void {
  for (const name of query.keys())
    if (name !== 'output_mode' && !known.includes(name)) throw refusal(400, `Argument "${name}" is not supported.`)
  if (query.get('output_mode') !== 'json') throw refusal(400, 'This stand-in only answers output_mode=json.')
  for (const name of ['count', 'offset'])
    if (!/^\d*$/.test(query.get(name) ?? '')) throw refusal(400, `Invalid value for argument "${name}".`)
}

export function page<T>(all: readonly T[], query: URLSearchParams, usual: number): readonly T[] {
  const offset = Number(query.get('offset') ?? 0)
  const count = Number(query.get('count') ?? usual)
  return all.slice(offset, count === 0 ? undefined : offset + count)
}

export function feed(entry: readonly { name: string; content: object }[], total = entry.length): StandInAnswer {
  const paging = { total, perPage: entry.length, offset: 0 }
  return { json: { links: {}, updated: new Date().toISOString(), entry, paging, messages: [] } }
}
