import { hash, randomUUID } from 'node:crypto'
import type { Envelope } from './schema.ts'

/** One event that was sent to the collector: the data of `hec.event`. */
export interface HecEvent {
  /** What happened, as its sender says it: most often an object or a line of text. */
  event: Envelope['event']
  /** When, in ISO 8601; left out where the sender does not say. */
  time?: string
  /** Empty where the sender does not say; so are the next three. */
  host: string
  source: string
  sourcetype: string
  index: string
  /** What the sender says besides. */
  fields: Envelope['fields']
}

/** The event in Adder's spelling. */
export function hecEvent({ time, ...said }: Envelope): HecEvent {
  return { ...said, ...(time === undefined ? {} : { time: new Date(time).toISOString() }) }
}

/**
 * What makes an event that event: its time and all that it says, for the collector's senders have no name for an event
 * and may send one twice. Without a time it is an event of its own each time: the same words may tell of something new.
 */
export function hecEventIdentity(data: HecEvent): readonly string[] {
  const { time = randomUUID(), host, source, sourcetype, index, event, fields } = data
  const said = JSON.stringify([host, source, sourcetype, index, event, fields])
  return [time, hash('sha256', said, 'hex')]
}
