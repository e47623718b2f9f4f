import { parseAnswer } from '../../connectors/http-client.ts'
import type { NextCall } from '../../intake/sweep.ts'
import { type FiredAlert, SavedSearches } from './schema.ts'
import type { SplunkApi } from './splunk-api.ts'

/** Whether the search of an alert calls a webhook. */
export type WebhookCheck = (alert: FiredAlert) => Promise<boolean>

const searchPath = /^\/servicesNS\/[^/]+\/[^/]+\/saved\/searches\/[^/]+$/

/**
 * Asks once for each search, because Splunk lists every alert that has fired, whoever it is for. A search that can't be
 * found, or not be read, may have called one: nothing is left out for want of knowing.
 */
export function webhookCheck(ask: SplunkApi, call: NextCall): WebhookCheck {
  const known = new Map<string, Promise<boolean>>()

  async function hasWebhook(search: string): Promise<boolean> {
    const { status, json } = await ask(search, { call, accept: [403, 404] })
    if (status !== 200) return true
    const [{ content } = { content: undefined }] = parseAnswer(SavedSearches, json, 'Splunk: saved search').entry
    return content === undefined || content['action.webhook'] || /\bwebhook\b/.test(content.actions ?? '')
  }

  return async ({ links }) => {
    const search = links?.savedsearch ?? ''
    if (!searchPath.test(search)) return true
    const asked = known.get(search) ?? hasWebhook(search)
    known.set(search, asked)
    return asked
  }
}
