import { randomUUID } from 'node:crypto'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'

export interface TinesStandInOptions {
  /** What follows `/webhook/` in the address of its only webhook action. Default: a path and a random secret. */
  webhook?: string
  /** Default: a random one for each stand-in. */
  apiKey?: string
  /** What the story answers. Default: "Ok", as a webhook action does that was told nothing else. */
  answer?: unknown
  /** Default 0: the system picks one. */
  port?: number
}

export interface TinesStandIn extends HttpStandIn {
  webhook: string
  apiKey: string
  /** The events that were emitted, oldest first. */
  events(): readonly unknown[]
}

/**
 * A Tines with one story, which starts with a webhook action that asks for an API key; on 127.0.0.1, listening once the
 * promise resolves. The action takes POST alone.
 *
 * https://www.tines.com/docs/actions/types/webhook/, https://www.tines.com/docs/api/authentication/ (read in November
 * 2026)
 */
export async function startTines({
  webhook = `adder/${randomUUID().replaceAll('-', '')}`,
  apiKey = randomUUID(),
  answer,
  port = 0,
}: TinesStandInOptions = {}): Promise<TinesStandIn> {
  const events: unknown[] = []

  const server = await httpStandIn({
    port,
    routes: {
      'GET /api/v1/stories': asked(() => ({ json: { stories: [], meta: { count: 0 } } })),
      [`POST /webhook/${webhook}`]: asked(({ json }) => {
        events.push(json)
        return answer === undefined ? { status: 201, text: 'Ok' } : { status: 201, json: answer }
      }),
    },
  })

  function asked(handler: (request: StandInRequest) => StandInAnswer) {
    return (request: StandInRequest): StandInAnswer =>
      request.headers.authorization === `Bearer ${apiKey}`
        ? handler(request)
        : { status: 401, json: { error: 'Unauthorized' } }
  }

  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, { webhook, apiKey, events: () => events })
}
