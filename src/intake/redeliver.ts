import { randomUUID } from 'node:crypto'
import { problem } from '../endpoints/problem-types.ts'
import type { DeliveryRecord } from './delivery.ts'
import type { Intake, Receipt } from './intake.ts'
import { payloadReader } from './read-payload.ts'
import type { SourceDefinition } from './source.ts'

export interface RedeliverOptions {
  sources: readonly SourceDefinition[]
  /** Records what is accepted; what is kept again is its caller's to see, and must not be kept twice. */
  intake: Intake
}

/** Takes a kept delivery in again. */
export type Redeliver = (kept: DeliveryRecord) => Promise<Receipt>

/**
 * Takes kept deliveries in again, as the source is configured now. They were authentic when they came; their content
 * type is not asked for again. What was redacted stays redacted, so that an event whose identity is made of it is
 * another one than the sender's own would be, should the sender ever send it again.
 *
 * Throws a 404 `Problem` where the source is not configured any more, and what `Intake.receive` throws.
 */
export function redeliver({ sources, intake }: RedeliverOptions): Redeliver {
  return async ({ id, source: name, content }) => {
    const source = sources.find((each) => each.name === name)
    if (source === undefined || content === undefined)
      throw problem('endpoint.not_found', `There is no source ${name} any more, or the delivery has no content.`)
    const { body } = content
    return intake.receive({
      id: randomUUID(),
      source,
      read: payloadReader(source),
      headers: { ...content.headers, 'content-type': 'application/json' },
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      redelivers: id,
    })
  }
}
