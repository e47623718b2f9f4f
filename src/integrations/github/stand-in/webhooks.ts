import { randomUUID } from 'node:crypto'
import { hubSignature, sendWebhook } from '../../../stand-ins/send-webhook.ts'
import type { Happening } from './site.ts'

export interface WebhookRegistration {
  /** A function where it is not known yet. */
  url: string | (() => string)
  /** Signs the bodies in `X-Hub-Signature-256`; without it they are not signed. */
  secret?: string
  /** `pull_request`, `issues`, `issue_comment`. Default: all of them. */
  events?: readonly string[]
  /** As the settings say; the stand-in itself always sends JSON. Default: active, `json`. */
  isActive?: boolean
  contentType?: 'json' | 'form'
}

/** One delivery as the list under a webhook's "Recent Deliveries" has it. */
export interface WebhookDelivery {
  id: number
  hookId: number
  /** Names what happened: the same for all webhooks, and when it is sent again. */
  guid: string
  event: string
  action: string | undefined
  deliveredAt: number
  isRedelivery: boolean
  /** The answer's status; undefined where there was none in 10 seconds. */
  status: number | undefined
  /** Null where GitHub has it no more. */
  payload: object | null
}

export interface Webhooks {
  /** By its id; undefined where there is none. */
  find(hookId: number): WebhookRegistration | undefined
  /** Sends a `ping` at once, as GitHub does. */
  register(webhook: WebhookRegistration): { hookId: number }
  /** Sends a delivery again, as people can; nothing is ever sent again by itself. */
  redeliver(id: number): Promise<void>
  /** Those that have come to an end, oldest first. */
  deliveries: readonly WebhookDelivery[]
  /** Drops the contents of all deliveries so far. */
  forgetPayloads(): void
  tell(happening: Happening): void
  close(): void
}

/**
 * Sends webhooks as GitHub does: once each, with ten seconds to answer.
 *
 * https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
 *
 * @param show the payload of what happened.
 */
export function webhookSender({ show, now }: { show: (happening: Happening) => object; now: () => number }): Webhooks {
  const registered: (WebhookRegistration & { hookId: number })[] = []
  const deliveries: WebhookDelivery[] = []
  const stopped = new AbortController()
  let lastId = 0

  async function deliver(
    { url, secret, hookId }: (typeof registered)[number],
    told: Pick<WebhookDelivery, 'guid' | 'event' | 'action' | 'payload' | 'isRedelivery'>,
  ): Promise<void> {
    const body = JSON.stringify(told.payload)
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/0000000',
      'x-github-event': told.event,
      'x-github-delivery': told.guid,
      'x-github-hook-id': String(hookId),
      ...(secret === undefined ? {} : { 'x-hub-signature-256': hubSignature(secret, body) }),
    }
    lastId += 1
    const id = lastId
    const status = await sendWebhook(typeof url === 'string' ? url : url(), {
      headers,
      body,
      withinMs: 10_000,
      stopped: stopped.signal,
    })
    deliveries.push({ id, hookId, ...told, deliveredAt: now(), status })
  }

  return {
    deliveries,
    find: (wanted) => registered.find(({ hookId }) => hookId === wanted),
    forgetPayloads() {
      for (const delivery of deliveries) delivery.payload = null
    },
    register(webhook) {
      const hook = { ...webhook, hookId: registered.length + 1 }
      registered.push(hook)
      const payload = {
        zen: 'Design for failure.',
        hook_id: hook.hookId,
        hook: { type: 'Repository', id: hook.hookId },
      }
      void deliver(hook, { guid: randomUUID(), event: 'ping', action: undefined, payload, isRedelivery: false })
      return { hookId: hook.hookId }
    },
    async redeliver(id) {
      const delivery = deliveries.find((each) => each.id === id)
      const hook = registered.find(({ hookId }) => hookId === delivery?.hookId)
      if (delivery === undefined || hook === undefined) throw new Error(`The GitHub stand-in has no delivery ${id}`)
      const { guid, event, action, payload } = delivery
      await deliver(hook, { guid, event, action, payload, isRedelivery: true })
    },
    tell(happening) {
      const { event, action } = happening
      const told = { guid: randomUUID(), event, action, payload: show(happening), isRedelivery: false }
      for (const hook of registered) if (hook.events?.includes(event) ?? true) void deliver(hook, told)
    },
    close: () => stopped.abort(),
  }
}
