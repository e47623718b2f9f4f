import type { CallOptions, EffectCall } from '../../connectors/effect.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import type { TicketRef } from '../../tickets/ticketing.ts'
import type { JiraClient } from './jira-client.ts'
import type { OwnAccount } from './own-account.ts'
import { Issue, userId } from './schema.ts'

/** A ticket's fields, and, where they are asked for, its latest changes and the transitions from its present status. */
export async function readIssue(
  { sendToIssue }: Pick<JiraClient, 'sendToIssue'>,
  { ticket, fields, expand, signal }: { ticket: TicketRef; fields?: readonly string[]; expand?: string } & CallOptions,
): Promise<Issue> {
  const { json } = await sendToIssue(ticket, { query: { fields: fields?.join(','), expand }, signal })
  return parseAnswer(Issue, json, 'Jira: issue')
}

/** The fields that someone else than Adder changed after the effect was intended: their ids, or their names in Data Center. */
export async function changedByOthers(
  issue: Issue,
  ownAccount: OwnAccount,
  { intendedAt, signal }: EffectCall,
): Promise<Set<string>> {
  const since = Date.parse(intendedAt)
  const later = (issue.changelog?.histories ?? []).filter(({ created }) => Date.parse(created) > since)
  if (later.length === 0) return new Set()
  const { id } = await ownAccount(signal)
  const items = later
    .filter(({ author }) => author === undefined || userId(author) !== id)
    .flatMap(({ items }) => items)
  return new Set(items.map(({ field, fieldId }) => fieldId ?? field))
}

/**
 * Whether a field is already as wanted. Jira adds to what it is given (ids, links, defaults), so an object is as wanted
 * when it has everything that was asked for; lists need the same members, in any order.
 */
export function isAlready(present: unknown, wanted: unknown): boolean {
  if (wanted === null || wanted === undefined) return present === null || present === undefined
  if (Array.isArray(wanted)) return isSameList(present ?? [], wanted)
  if (typeof wanted !== 'object') return present === wanted
  if (typeof present !== 'object' || present === null) return false
  const has = new Map(Object.entries(present))
  return Object.entries(wanted).every(([key, value]) => isAlready(has.get(key), value))
}

function isSameList(present: unknown, wanted: readonly unknown[]): boolean {
  if (!Array.isArray(present) || present.length !== wanted.length) return false
  return wanted.every((each) => present.some((other) => isAlready(other, each)))
}
