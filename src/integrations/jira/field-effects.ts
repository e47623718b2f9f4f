import type { Effect } from '../../connectors/effect.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { oneLine } from '../../tickets/cut-text.ts'
import type { TicketRef } from '../../tickets/ticketing.ts'
import { byId, type FieldResolver } from './field-resolver.ts'
import { type JiraClient, writeTimeoutMs } from './jira-client.ts'
import type { OwnAccount } from './own-account.ts'
import { changedByOthers, isAlready, readIssue } from './present-state.ts'
import { type Issue, StatusField } from './schema.ts'

export interface FieldEffectOptions {
  client: JiraClient
  resolveFields: FieldResolver
  ownAccount: OwnAccount
}

/**
 * Sets fields, by id or name. Not done again where every field is already so, or was changed by somebody else after
 * the effect was intended: the later will of a person stands.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-put
 */
export function setFields({
  client,
  resolveFields,
  ownAccount,
}: FieldEffectOptions): Effect<{ ticket: TicketRef; fields: Record<string, unknown> }, void> {
  return {
    once: 'by state',
    finding: 'cheap',
    timeoutMs: writeTimeoutMs,
    about: ({ ticket }) => ticket,

    async make({ ticket, fields }, { signal }) {
      const resolved = await resolveFields(fields, signal)
      if (resolved.length === 0) return
      await client.inTurn(ticket.id, signal, async () => {
        await client.sendToIssue(ticket, { method: 'PUT', body: { fields: byId(resolved) }, signal })
      })
    },

    async find({ ticket, fields }, call) {
      const wanted = await resolveFields(fields, call.signal)
      const ids = wanted.map(({ id }) => id)
      const issue = await readIssue(client, { ticket, fields: ids, expand: 'changelog', signal: call.signal })
      const others = await changedByOthers(issue, ownAccount, call)
      const isDone = wanted.every(
        ({ id, name, value }) =>
          others.has(id) ||
          others.has(name) ||
          client.edition.saysSame(issue.fields[id], value) ||
          isAlready(issue.fields[id], value),
      )
      return isDone ? found(undefined) : notFound()
    },
  }
}

/**
 * Moves a ticket to a status by the status's name, in any case. Not done again where the ticket is already there, or
 * where somebody else changed its status after the effect was intended. Throws `ConnectorRefused` with what is
 * possible where the workflow has no way there from the present status.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-transitions-post
 */
export function transition({
  client,
  resolveFields,
  ownAccount,
}: FieldEffectOptions): Effect<{ ticket: TicketRef; to: string; fields?: Record<string, unknown> }, void> {
  return {
    once: 'by state',
    finding: 'cheap',
    timeoutMs: writeTimeoutMs,
    about: ({ ticket }) => ticket,

    async make({ ticket, to, fields = {} }, { signal }) {
      const resolved = await resolveFields(fields, signal)
      await client.inTurn(ticket.id, signal, async () => {
        const issue = await readIssue(client, { ticket, fields: ['status'], expand: 'transitions', signal })
        if (isSameName(statusOf(issue), to)) return
        const id = transitionTo(issue, to)
        const body = { transition: { id }, ...(resolved.length === 0 ? {} : { fields: byId(resolved) }) }
        await client.sendToIssue(ticket, { method: 'POST', below: '/transitions', body, signal })
      })
    },

    async find({ ticket, to }, call) {
      const issue = await readIssue(client, { ticket, fields: ['status'], expand: 'changelog', signal: call.signal })
      if (isSameName(statusOf(issue), to)) return found(undefined)
      const others = await changedByOthers(issue, ownAccount, call)
      return others.has('status') ? found(undefined) : notFound()
    },
  }
}

function statusOf(issue: Issue): string {
  return parseAnswer(StatusField, issue.fields, 'Jira: issue').status.name
}

function transitionTo(issue: Issue, to: string): string {
  if (to.trim() === '') throw new ConnectorInputInvalid('Jira: the status to move the ticket to is empty')
  const { transitions = [] } = issue
  const found = transitions.find((each) => isSameName(each.to.name, to))
  if (found) return found.id
  const possible = transitions.map((each) => `"${each.to.name}"`).join(', ')
  throw new ConnectorRefused(
    `Jira: ${issue.key} can't move from "${statusOf(issue)}" to ${JSON.stringify(oneLine(to, 100))}; possible: ${possible || 'nothing'}`,
    { status: 0 },
  )
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.trim().toLowerCase()
}
