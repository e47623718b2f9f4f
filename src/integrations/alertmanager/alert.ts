import type { Condition, Trigger } from '../../automations/trigger.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { AlertmanagerAlert } from './alertmanager-alert.ts'

export interface AlertOptions {
  /** The label `alertname`, exactly as the rule has it. Left out: any. */
  name?: string
  /** Labels that the alert has, with exactly these values: `{ severity: 'critical' }`. Left out: any. */
  labels?: Readonly<Record<string, string>>
  /** Whether the alert begins or ends. Default `firing`. */
  status?: AlertmanagerAlert['status']
}

/** Starts an automation once for each alert that fires, or is resolved, however often Alertmanager repeats it. */
export function alert(options: AlertOptions = {}): Trigger<AlertmanagerAlert> {
  expectOptions('alertmanager.alert', options, {
    name: 'string?',
    labels: 'any?',
    status: ['firing', 'resolved', undefined],
  })
  const { name, labels = {}, status = 'firing' } = options
  return {
    kind: 'alertmanager.alert',
    conditions: [
      { says: `status is "${status}"`, holds: (data) => data.status === status },
      ...(name === undefined ? [] : [hasLabel('alertname', name)]),
      ...Object.entries(labels).map(([label, value]) => hasLabel(label, value)),
    ],
  }
}

function hasLabel(label: string, value: string): Condition<AlertmanagerAlert> {
  return {
    says: `label ${label} is ${JSON.stringify(value)}`,
    holds: ({ labels }) => labels[label] === value,
  }
}
