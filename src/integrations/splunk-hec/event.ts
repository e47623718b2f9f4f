import type { Trigger } from '../../automations/trigger.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { HecEvent } from './hec-event.ts'

export interface EventOptions {
  /** The sourcetype, exactly as the sender gives it. Left out: any. */
  sourcetype?: string
}

/** Starts an automation for each event that is sent to Adder as to Splunk's HTTP Event Collector. */
export function event(options: EventOptions = {}): Trigger<HecEvent> {
  expectOptions('splunkHec.event', options, { sourcetype: 'string?' })
  const { sourcetype } = options
  if (sourcetype === undefined) return { kind: 'hec.event', conditions: [] }
  const says = `sourcetype is ${JSON.stringify(sourcetype)}`
  return { kind: 'hec.event', conditions: [{ says, holds: (data) => data.sourcetype === sourcetype }] }
}
