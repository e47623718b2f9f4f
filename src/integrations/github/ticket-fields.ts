import * as z from 'zod'
import type { Effect, EffectCall } from '../../connectors/effect.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { oneLine } from '../../tickets/cut-text.ts'
import type { TicketRef } from '../../tickets/ticketing.ts'
import { pageSize, writeTimeoutMs } from './github-client.ts'
import { type LabelFields, labelValue } from './label-fields.ts'
import { type IssueChange, IssueChanges, IssueObject } from './schema.ts'
import type { TicketClient } from './ticket-client.ts'
import { issueState, statusNames, statusOf } from './ticket-status.ts'

const maxTitleLength = 256
const names = z.array(z.string().trim().min(1))

const Fields = z.object({
  title: z.string(),
  labels: names.refine((labels) => labels.every((label) => label.length <= 50), 'a label has up to 50 characters'),
  assignees: names,
  milestone: z.number().int().positive().nullable(),
})

/** The fields of an issue that can be set; the body can't, because it holds the marker. */
export type IssueFields = { [K in keyof z.infer<typeof Fields>]?: z.infer<typeof Fields>[K] | undefined }

/** Those that every issue has. */
export const fieldNames = Object.keys(Fields.shape)

/** What is to be set: fields that GitHub has, and those that are kept as labels. */
export interface WantedFields {
  fields: IssueFields
  labelled: ReadonlyMap<string, string>
}

/**
 * Fields as GitHub takes them, from names in any case. Throws `ConnectorInputInvalid` for a name that no field has and for
 * a value that it does not take.
 */
export function wantedFields(fields: Record<string, unknown>, known: LabelFields): WantedFields {
  const all = Object.entries(fields).map(([name, value]) => ({ name, value, label: known.named(name) }))
  const labelled = all.flatMap(({ label, value }) =>
    label === undefined || value === undefined ? [] : [[label, labelValue(label, value)] as const],
  )
  const others = all.filter(({ label }) => label === undefined).map(({ name, value }) => [name, value])
  return { fields: issueFields(Object.fromEntries(others)), labelled: new Map(labelled) }
}

/** Fields that GitHub has, as it takes them. Throws as `wantedFields` does. */
export function issueFields(fields: Record<string, unknown>): IssueFields {
  const named = Object.entries(fields).map(([name, value]) => [fieldName(name), value] as const)
  const parsed = Fields.partial().safeParse(Object.fromEntries(named))
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path[0]?.toString()}: ${message}`).join('; ')
    throw new ConnectorInputInvalid(`GitHub: a field can't be set so (${faults})`)
  }
  const { title, ...others } = parsed.data
  return { ...others, ...(title === undefined ? {} : { title: issueTitle(title) }) }
}

function fieldName(name: string): string {
  const wanted = name.trim().toLowerCase()
  if (fieldNames.includes(wanted)) return wanted
  throw new ConnectorInputInvalid(
    `GitHub: no field is called ${JSON.stringify(name)}; there are ${fieldNames.join(', ')}`,
  )
}

/** A title as GitHub takes it: one line, at most 256 characters. */
export function issueTitle(summary: string): string {
  const line = oneLine(summary, maxTitleLength)
  if (line === '') throw new ConnectorInputInvalid('GitHub: an issue needs a title, and this one is empty')
  return line
}

/**
 * Sets fields by name: `title`, `labels` and `assignees` (all that there are to be), and `milestone` (its number). Not
 * done again where every field is already so, or was changed by somebody else after the effect was intended.
 *
 * https://docs.github.com/en/rest/issues/issues#update-an-issue
 */
export function setFields(client: TicketClient): Effect<{ ticket: TicketRef; fields: Record<string, unknown> }, void> {
  return {
    once: 'by state',
    finding: 'cheap',
    timeoutMs: writeTimeoutMs,
    about: ({ ticket }) => ticket,

    async make({ ticket, fields }, call) {
      const body = await changeOf(client, ticket, { fields, call })
      const { signal } = call
      if (Object.keys(body).length > 0) await client.sendToIssue(ticket, { method: 'PATCH', body, signal })
    },

    async find({ ticket, fields }, call) {
      const wanted = wantedFields(fields, client.labelFields)
      const issue = await readIssue(client, ticket, call)
      const missing = differences(issue, wanted, client.labelFields)
      if (missing.length === 0) return found(undefined)
      const others = await changedByOthers(client, ticket, call)
      return missing.every((field) => others.has(field)) ? found(undefined) : notFound()
    },
  }
}

/** The names of the fields that are not as wanted. GitHub spells logins and labels that it knows in its own way. */
function differences(
  { title, labels, assignees, milestone }: IssueObject,
  { fields: wanted, labelled }: WantedFields,
  known: LabelFields,
): string[] {
  const present: Required<IssueFields> = {
    title,
    labels: labels.map(({ name }) => name),
    assignees: assignees.map(({ login }) => login),
    milestone: milestone?.number ?? null,
  }
  const held = known.read(present.labels ?? [])
  const unlabelled = [...labelled].filter(([name, value]) => (held[name] ?? '').toLowerCase() !== value.toLowerCase())
  return (
    Object.entries(wanted)
      // the keys are those of the fields
      .filter(
        ([field, value]) =>
          value !== undefined && comparable(value) !== comparable(present[field as keyof IssueFields]),
      )
      .map(([field]) => field)
      .concat(unlabelled.map(([name]) => name))
  )
}

/**
 * What is sent to set fields. Labels are set as a whole list, so those that the issue has are read first where a field is
 * kept as one of them.
 */
async function changeOf(
  client: TicketClient,
  ticket: TicketRef,
  { fields, call }: { fields: Record<string, unknown>; call: EffectCall },
): Promise<IssueFields> {
  const wanted = wantedFields(fields, client.labelFields)
  if (wanted.labelled.size === 0) return wanted.fields
  const labels = wanted.fields.labels ?? (await readIssue(client, ticket, call)).labels.map(({ name }) => name)
  return { ...wanted.fields, labels: client.labelFields.set(labels, wanted.labelled) }
}

function comparable(value: IssueFields[keyof IssueFields]): string {
  return JSON.stringify(Array.isArray(value) ? value.map((each) => each.toLowerCase()).sort() : value)
}

/**
 * Moves a ticket to a status: `open`, `closed` (completed), `not planned` or `duplicate`, in any case. Not done again where
 * the ticket is already there, or where somebody else opened or closed it after the effect was intended. Throws
 * `ConnectorRefused` with what is possible where GitHub has no way there: a closed issue keeps its reason until it is open.
 *
 * https://docs.github.com/en/rest/issues/issues#update-an-issue
 */
export function transition(
  client: TicketClient,
): Effect<{ ticket: TicketRef; to: string; fields?: Record<string, unknown> }, void> {
  return {
    once: 'by state',
    finding: 'cheap',
    timeoutMs: writeTimeoutMs,
    about: ({ ticket }) => ticket,

    async make({ ticket, to, fields = {} }, call) {
      const state = issueState(to)
      if (state === undefined) throw noWay(ticket, to, statusNames)
      const body = { ...(await changeOf(client, ticket, { fields, call })), ...state }
      const { json } = await client.sendToIssue(ticket, { method: 'PATCH', body, signal: call.signal })
      const now = statusOf(parseAnswer(IssueObject, json, 'GitHub: issue'))
      if (now !== statusOf(state)) throw noWay(ticket, to, ['open'])
    },

    async find({ ticket, to }, call) {
      const state = issueState(to)
      if (state !== undefined && statusOf(await readIssue(client, ticket, call)) === statusOf(state))
        return found(undefined)
      const others = await changedByOthers(client, ticket, call)
      return others.has('state') ? found(undefined) : notFound()
    },
  }
}

function noWay({ key }: TicketRef, to: string, possible: readonly string[]): ConnectorRefused {
  const names = possible.map((name) => `"${name}"`).join(', ')
  return new ConnectorRefused(`GitHub: ${key} can't move to ${JSON.stringify(oneLine(to, 100))}; possible: ${names}`, {
    status: 0,
  })
}

async function readIssue(client: TicketClient, ticket: TicketRef, { signal }: EffectCall): Promise<IssueObject> {
  const { json } = await client.sendToIssue(ticket, { signal })
  return parseAnswer(IssueObject, json, 'GitHub: issue')
}

const changedField: Readonly<Record<string, string>> = {
  renamed: 'title',
  labeled: 'labels',
  unlabeled: 'labels',
  assigned: 'assignees',
  unassigned: 'assignees',
  milestoned: 'milestone',
  demilestoned: 'milestone',
  closed: 'state',
  reopened: 'state',
}

/**
 * What someone else than Adder changed after the effect was intended.
 *
 * https://docs.github.com/en/rest/issues/events#list-issue-events-for-an-issue
 */
async function changedByOthers(
  client: TicketClient,
  ticket: TicketRef,
  { intendedAt, signal }: EffectCall,
): Promise<Set<string>> {
  const since = Date.parse(intendedAt)
  const later: IssueChange[] = []
  for (let page = 1; ; page += 1) {
    const query = { per_page: pageSize, page }
    const { json } = await client.sendToIssue(ticket, { below: '/events', query, signal })
    const changes = parseAnswer(IssueChanges, json, 'GitHub: events of an issue')
    later.push(...changes.filter(({ created_at }) => Date.parse(created_at) > since))
    if (changes.length < pageSize) break
  }
  if (later.length === 0) return new Set()
  const { id } = await client.ownAccount(signal)
  const fields = later
    .filter(({ actor }) => String(actor?.id) !== id)
    .flatMap(({ event, label }) => [changedField[event], client.labelFields.fieldOf(label?.name ?? '')])
  return new Set(fields.filter((field) => field !== undefined))
}
