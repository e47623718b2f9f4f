import { parseAnswer } from '../../connectors/http-client.ts'
import type { JiraClient } from './jira-client.ts'
import { Myself } from './schema.ts'

/** The account that the credentials belong to. */
export type OwnAccount = (signal: AbortSignal) => Promise<{ id: string; name?: string }>

/**
 * Asks Jira once and keeps the answer; a failure is not kept.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/
 */
export function ownAccount(client: Pick<JiraClient, 'send' | 'edition'>): OwnAccount {
  let cached: { id: string; name?: string } | undefined

  return async (signal) => {
    cached ??= await askMyself(client, signal)
    return cached
  }
}

/** Asks Jira, whatever is known: tells whether the credentials still hold. */
export async function askMyself(
  { send, edition }: Pick<JiraClient, 'send' | 'edition'>,
  signal: AbortSignal,
): Promise<{ id: string; name?: string }> {
  const { json } = await send({ path: `${edition.api}/myself`, signal })
  const { id, name } = parseAnswer(Myself, json, 'Jira: myself')
  return { id, ...(name === undefined ? {} : { name }) }
}
