import type { IncomingHttpHeaders } from 'node:http'
import type { Message } from 'amqplib'

/** How many of the headers that its publisher gave it. */
const mostOwn = 50

/**
 * What a message says besides its body, by the names of HTTP's headers: its properties, where it was published, and
 * those headers of its own that are plain values and have other names than these. A message without a content type is
 * taken for JSON, because many publishers leave it out.
 */
export function messageHeaders({ properties, fields }: Message): IncomingHttpHeaders {
  const said = {
    'content-type': properties.contentType ?? 'application/json',
    'content-encoding': properties.contentEncoding,
    'message-id': properties.messageId,
    'correlation-id': properties.correlationId,
    type: properties.type,
    'app-id': properties.appId,
    timestamp: timeOf(properties.timestamp),
    exchange: fields.exchange,
    'routing-key': fields.routingKey,
  }
  const own = Object.entries(properties.headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name, value]) => ['string', 'number', 'boolean'].includes(typeof value) && !Object.hasOwn(said, name))
    .slice(0, mostOwn)
    .map(([name, value]) => [name, String(value)])
  const known = Object.entries(said).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return Object.fromEntries([...own, ...known])
}

/** AMQP's timestamps are seconds; what is none that a calendar has is left out. */
function timeOf(seconds: unknown): string | undefined {
  const time = new Date(Number(seconds ?? Number.NaN) * 1000)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}
