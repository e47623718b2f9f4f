import { createHmac } from 'node:crypto'

export interface SentWebhook {
  headers: Record<string, string>
  body: string
  /** How long an answer may take, in milliseconds. */
  withinMs: number
  /** Ends it early. */
  stopped: AbortSignal
}

/** Posts a webhook once. Gives the answer's status, or undefined where none came in time; follows no redirect. */
export async function sendWebhook(
  url: string,
  { headers, body, withinMs, stopped }: SentWebhook,
): Promise<number | undefined> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(withinMs)])
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    await response.body?.cancel()
    return response.status
  } catch {
    return undefined
  }
}

/** The value of `x-hub-signature`, or `x-hub-signature-256`, for a body: `sha256=…`. */
export function hubSignature(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}
