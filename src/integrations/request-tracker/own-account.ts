import { parseAnswer, path } from '../../connectors/http-client.ts'
import type { RtClient } from './rt-client.ts'
import { Account } from './schema.ts'

/** The account that the token belongs to. Its id is the name of the user, as RT's own answers refer to users. */
export type OwnAccount = (signal: AbortSignal) => Promise<{ id: string; name?: string }>

/**
 * Asks RT once and keeps the answer; a failure is not kept.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html#Users
 */
export function ownAccount(client: RtClient): OwnAccount {
  let cached: { id: string; name?: string } | undefined

  return async (signal) => {
    if (cached !== undefined) return cached
    const { json } = await client.send({ path: path`/user/${client.userId()}`, signal })
    const { Name, RealName } = parseAnswer(Account, json, 'Request Tracker: user')
    cached = { id: Name, ...(RealName ? { name: RealName } : {}) }
    return cached
  }
}
