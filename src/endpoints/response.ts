import type { FastifyReply } from 'fastify'

/** The answer that is about to be sent, for after-plugins to read and to set. */
export interface EndpointResponse {
  /** From 200 to 599; the endpoint's own at first. */
  status: number
  /** What will be sent, names in lower case; neither its length nor what the network adds. */
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>
  /** Sets a header, in place of one of the same name. */
  setHeader(name: string, value: string): void
}

export function endpointResponse(reply: FastifyReply): EndpointResponse {
  return {
    get status() {
      return reply.statusCode
    },
    set status(status) {
      if (!Number.isInteger(status) || status < 200 || status > 599)
        throw new RangeError(`An answer's status is a whole number from 200 to 599, not ${status}`)
      reply.code(status)
    },
    get headers() {
      return reply.getHeaders()
    },
    setHeader(name, value) {
      reply.header(name, value)
    },
  }
}
