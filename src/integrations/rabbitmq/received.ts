import type { Condition, Trigger } from '../../automations/trigger.ts'
import type { RabbitMqSource } from './source.ts'

/**
 * Starts an automation once for each event of a queue, with the type of the source's data.
 *
 * @param conditions what must hold of the event's data, each with the words that `adder why` tells where it does not.
 */
export function received<Data>(source: RabbitMqSource<Data>, ...conditions: readonly Condition<Data>[]): Trigger<Data> {
  return { kind: eventKind(source), conditions }
}

/** Of its own for each source, so that none can pass for an event of another queue. */
export function eventKind({ name }: { name: string }): string {
  return `rabbitmq.${name}`
}
