import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { parseJql } from './jql.ts'
import { webhookJson } from './representations.ts'
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

const maxRetries = 5

/** Jira takes these as "try again"; any other refusal is final. */
const retriedStatuses = [408, 409, 425, 429]

/**
 * Sends webhooks as Jira Cloud does: each on its own, in no order that could be relied on, the same bytes and
 * identifier at each retry.
 *
 * @param retryMs the wait before the first retry, doubled for each further one.
 *
 * https://developer.atlassian.com/cloud/jira/platform/webhooks/
 */
export function webhookSender({ base, retryMs }: { base: () => string; retryMs: number }): Webhooks {
  const registered: (WebhookRegistration & { test: (issue: StandInIssue) => boolean })[] = []
  const deliveries: WebhookDelivery[] = []
  const stopped = new AbortController()
  let isOn = true
  let held: (() => void)[] | undefined

  async function deliver({ url, secret }: WebhookRegistration, happening: Happening, body: string): Promise<void> {
    const identifier = randomUUID()
    const delivery: WebhookDelivery = {
      identifier,
      event: happening.kind,
      issueKey: happening.issue.key,
      attempts: 0,
      status: undefined,
    }
    do {
      if (delivery.attempts > 0)
        await wait(retryMs * 2 ** (delivery.attempts - 1), undefined, { signal: stopped.signal })
      const headers = headersOf({ identifier, retry: delivery.attempts, secret, body })
      delivery.attempts++
      delivery.status = await post(url, { headers, body, stopped: stopped.signal })
    } while (isRetried(delivery.status) && delivery.attempts <= maxRetries && !stopped.signal.aborted)
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
      const body = JSON.stringify(webhookJson(happening, base()))
      const receivers = registered.filter(
        ({ events, test }) => events.includes(happening.kind) && test(happening.issue),
      )
      const send = () => {
        // Only the wait of a closed stand-in rejects.
        for (const webhook of receivers) deliver(webhook, happening, body).catch(() => undefined)
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
  identifier: string
  retry: number
  secret: string | undefined
  body: string
}): Record<string, string> {
  return {
    'content-type': 'application/json; charset=UTF-8',
    'user-agent': 'Atlassian Webhook HTTP Client',
    'x-atlassian-webhook-identifier': identifier,
    'x-atlassian-webhook-flow': 'Primary',
    ...(retry > 0 ? { 'x-atlassian-webhook-retry': String(retry) } : {}),
    ...(secret === undefined ? {} : { 'x-hub-signature': signature(secret, body) }),
  }
}

/** The value of `x-hub-signature` for a body. */
export function signature(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

/** The answer's status, or undefined where none came in 20 seconds. */
async function post(
  url: string,
  { headers, body, stopped }: { headers: Record<string, string>; body: string; stopped: AbortSignal },
): Promise<number | undefined> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(20_000)])
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    await response.body?.cancel()
    return response.status
  } catch {
    return undefined
  }
}

function isRetried(status: number | undefined): boolean {
  return status === undefined || status >= 500 || retriedStatuses.includes(status)
}
