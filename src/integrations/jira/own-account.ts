import { parseAnswer, path } from '../../connectors/http-client.ts'
import type { JiraClient } from './jira-client.ts'
import { Myself } from './schema.ts'

/** The account that the credentials belong to. */
export type OwnAccount = (signal: AbortSignal) => Promise<{ id: string; name?: string }>

/**
 * Asks Jira once and keeps the answer; a failure is not kept.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/
 */
export function ownAccount(client: Pick<JiraClient, 'send'>): OwnAccount {
  let cached: { id: string; name?: string } | undefined

  return async (signal) => {
    cached ??= await askMyself(client, signal)
    return cached
  }
}

/** Asks Jira, whatever is known: tells whether the credentials still hold. */
export async function askMyself(
  { send }: Pick<JiraClient, 'send'>,
  signal: AbortSignal,
): Promise<{ id: string; name?: string }> {
  const { json } = await send({ path: path`/rest/api/3/myself`, signal })
  const { accountId, displayName } = parseAnswer(Myself, json, 'Jira: myself')
  return { id: accountId, ...(displayName === undefined ? {} : { name: displayName }) }
}
