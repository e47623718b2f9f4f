import { hash } from 'node:crypto'
import type { WebhookBody } from './schema.ts'

/** One alert of a notification: the data of the event `alertmanager.alert`. */
export interface AlertmanagerAlert {
  /** An alert that ends is a second event, with the same `fingerprint` and `startsAt`. */
  status: 'firing' | 'resolved'
  /** The label `alertname`; empty where it has none. */
  name: string
  labels: Record<string, string>
  annotations: Record<string, string>
  /** When it began to fire, ISO 8601, in UTC. */
  startsAt: string
  /** When it was resolved; missing while it fires. */
  endsAt?: string
  /** The page of the rule that fired it; empty where Alertmanager does not say. */
  generatorUrl: string
  /** What its labels have in common with no other's. */
  fingerprint: string
  /** The receiver and the group of the notification that told of it first. */
  receiver: string
  groupKey: string
  /** Alertmanager's own page; empty where it does not say. */
  externalUrl: string
}

/** The alerts of a notification, in Adder's spelling. */
export function alertmanagerAlerts({ alerts, receiver, groupKey, externalURL }: WebhookBody): AlertmanagerAlert[] {
  return alerts.map(({ status, labels, annotations, startsAt, endsAt, generatorURL, fingerprint }) => ({
    status,
    name: labels.alertname ?? '',
    labels,
    annotations,
    startsAt: utc(startsAt),
    ...(status === 'resolved' && endsAt ? { endsAt: utc(endsAt) } : {}),
    generatorUrl: generatorURL,
    fingerprint: fingerprint ?? digest(labels),
    receiver,
    groupKey,
    externalUrl: externalURL,
  }))
}

/**
 * What makes an alert that alert: its labels, when it began to fire, and whether it fires. The same for every
 * repetition, for every group and receiver that it is told to, and for each Alertmanager of a cluster.
 */
export function alertmanagerAlertIdentity({
  fingerprint,
  startsAt,
  status,
}: Pick<AlertmanagerAlert, 'fingerprint' | 'startsAt' | 'status'>): readonly string[] {
  return [fingerprint, startsAt, status]
}

/** Each of a cluster writes times in its own zone. What is below a millisecond is cut off. */
function utc(time: string): string {
  return new Date(time).toISOString()
}

function digest(labels: Record<string, string>): string {
  const sorted = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1))
  return hash('sha256', JSON.stringify(sorted), 'hex')
}
