import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { hubSignature, sendWebhook } from '../../../stand-ins/send-webhook.ts'
import { parseJql } from './jql.ts'
import { type View, webhookBodies } from './representations.ts'
import type { Happening, StandInIssue } from './site.ts'

export interface WebhookRegistration {
  url: string
  /** `jira:issue_created`, `jira:issue_updated`, `comment_created`. */
  events: readonly string[]
  /** Which issues, in the JQL that the stand-in understands. Default: all. */
  filter?: string
  /** Signs the bodies in `x-hub-signature`; without it they are not signed. */
  secret?: string
}

/** One webhook as it was sent or given up. */
export interface WebhookDelivery {
  identifier: string
  event: string
  issueKey: string
  attempts: number
  /** The last answer's status; undefined where there was no answer. */
  status: number | undefined
}

export interface Webhooks {
  register(webhook: WebhookRegistration): void
  /** Switches all webhooks off or on. What happens while they are off is never told. */
  switchOn(isOn: boolean): void
  /** Has webhooks come late: what happens from now on is told when the function that it returns is called. */
  hold(): () => void
  /** Those that have come to an end, oldest first. */
  deliveries: readonly WebhookDelivery[]
  tell(happening: Happening): void
  close(): void
}

interface Told {
  kind: string
  issueKey: string
  body: string
}

const maxRetries = 5

/** Jira takes these as "try again"; any other refusal is final. */
const retriedStatuses = [408, 409, 425, 429]

/**
 * Sends webhooks as Jira does: each on its own, in no order that could be relied on. Jira Cloud sends the same bytes and
 * identifier at each retry; of Data Center no retry is documented, and it sends each once.
 *
 * @param retryMs the wait before the first retry, doubled for each further one.
 *
 * https://developer.atlassian.com/cloud/jira/platform/webhooks/ and
 * https://confluence.atlassian.com/adminjiraserver/managing-webhooks-938846912.html
 */
export function webhookSender({ view, retryMs }: { view: () => View; retryMs: number }): Webhooks {
  const registered: (WebhookRegistration & { test: (issue: StandInIssue) => boolean })[] = []
  const deliveries: WebhookDelivery[] = []
  const stopped = new AbortController()
  let isOn = true
  let held: (() => void)[] | undefined

  async function deliver({ url, secret }: WebhookRegistration, { kind, issueKey, body }: Told): Promise<void> {
    const { repeatsWebhooks } = view().edition
    const identifier = randomUUID()
    const delivery: WebhookDelivery = {
      identifier,
      event: kind,
      issueKey,
      attempts: 0,
      status: undefined,
    }
    do {
      if (delivery.attempts > 0)
        await wait(retryMs * 2 ** (delivery.attempts - 1), undefined, { signal: stopped.signal })
      const headers = headersOf({
        identifier: repeatsWebhooks ? identifier : undefined,
        retry: delivery.attempts,
        secret,
        body,
      })
      delivery.attempts++
      delivery.status = await sendWebhook(url, { headers, body, withinMs: 20_000, stopped: stopped.signal })
    } while (
      repeatsWebhooks &&
      isRetried(delivery.status) &&
      delivery.attempts <= maxRetries &&
      !stopped.signal.aborted
    )
    deliveries.push(delivery)
  }

  return {
    deliveries,
    register: (webhook) => {
      const { test } = parseJql(webhook.filter ?? '')
      registered.push({ ...webhook, test: (issue) => test(searchable(issue)) })
    },
    switchOn(on) {
      isOn = on
    },
    tell(happening) {
      if (!isOn) return
      const { issue } = happening
      const all = webhookBodies(happening, view()).flatMap((body) => {
        const told = { kind: body.webhookEvent, issueKey: issue.key, body: JSON.stringify(body) }
        const receivers = registered.filter(({ events, test }) => events.includes(told.kind) && test(issue))
        return receivers.map((webhook) => ({ webhook, told }))
      })
      const send = () => {
        // Only the wait of a closed stand-in rejects.
        for (const { webhook, told } of all) deliver(webhook, told).catch(() => undefined)
      }
      if (held === undefined) send()
      else held.push(send)
    },
    hold() {
      const late: (() => void)[] = []
      held = late
      return () => {
        held = undefined
        for (const send of late) send()
      }
    },
    close: () => stopped.abort(),
  }
}

export function searchable({ project, type, status, created, fields }: StandInIssue) {
  const { labels } = fields
  const texts = Array.isArray(labels) ? labels.map(String) : []
  return { project, type, status: status.name, created, labels: texts }
}

function headersOf({
  identifier,
  retry,
  secret,
  body,
}: {
  identifier: string | undefined
  retry: number
  secret: string | undefined
  body: string
}): Record<string, string> {
  return {
    'content-type': 'application/json; charset=UTF-8',
    'user-agent': 'Atlassian Webhook HTTP Client',
    ...(identifier === undefined
      ? {}
      : { 'x-atlassian-webhook-identifier': identifier, 'x-atlassian-webhook-flow': 'Primary' }),
    ...(retry > 0 ? { 'x-atlassian-webhook-retry': String(retry) } : {}),
    ...(secret === undefined ? {} : { 'x-hub-signature': hubSignature(secret, body) }),
  }
}

function isRetried(status: number | undefined): boolean {
  return status === undefined || status >= 500 || retriedStatuses.includes(status)
}
