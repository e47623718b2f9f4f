import type { AdfDocument } from '../adf.ts'
import { adfWiki } from './adf-wiki.ts'
import type { RichText, StandInEdition } from './edition.ts'
import type { Account, Happening, History, StandInComment, StandInIssue, StatusDefinition, Transition } from './site.ts'

/** How Jira writes what it holds: in the edition's version in answers, in version 2 in webhooks. */
export interface View {
  /** The stand-in's own address. */
  base: string
  edition: StandInEdition
}

/** `2026-11-24T23:29:00.000+0000`, Jira's spelling of a time. */
export function jiraTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000')
}

export function userJson(account: Account, { base, edition }: View) {
  return { self: `${base}${edition.api}/user?${edition.userQuery(account)}`, ...edition.user(account) }
}

function statusJson({ id, name, category }: StatusDefinition, view: View) {
  const self = `${view.base}${view.edition.api}/status/${id}`
  return { self, id, name, statusCategory: { key: category, name: category === 'done' ? 'Done' : name } }
}

function fieldsJson(issue: StandInIssue, view: View): Record<string, unknown> {
  return {
    description: null,
    ...issue.fields,
    project: {
      self: `${view.base}${view.edition.api}/project/${issue.project}`,
      key: issue.project,
      name: issue.project,
    },
    issuetype: { self: `${view.base}${view.edition.api}/issuetype/${issue.type}`, name: issue.type, subtask: false },
    status: statusJson(issue.status, view),
    reporter: userJson(issue.reporter, view),
    created: jiraTime(issue.created),
    updated: jiraTime(issue.updated),
  }
}

/** The issue with all its fields, or only those asked for. */
export function issueJson(issue: StandInIssue, view: View, fields?: readonly string[]) {
  const self = `${view.base}${view.edition.api}/issue/${issue.id}`
  return { id: issue.id, key: issue.key, self, fields: shownFields(fieldsJson(issue, view), fields) }
}

/** The same as version 2 of the API has it: rich text is wiki markup, as in webhooks. */
export function issueJsonOfVersion2(issue: StandInIssue, view: View, fields?: readonly string[]) {
  const { fields: all, ...about } = webhookIssue(issue, view)
  return { ...about, fields: shownFields(all, fields) }
}

function shownFields(all: Record<string, unknown>, fields: readonly string[] | undefined): Record<string, unknown> {
  if (fields === undefined || fields.includes('*all')) return all
  return Object.fromEntries(fields.map((id) => [id, all[id] ?? null]))
}

export function transitionJson({ id, name, to }: Transition, view: View) {
  return {
    id,
    name,
    to: statusJson(to, view),
    hasScreen: true,
    isGlobal: false,
    isInitial: false,
    isConditional: false,
  }
}

/** The latest changes first, as `expand=changelog` gives them. */
export function changelogJson({ histories }: StandInIssue, view: View) {
  const latest = [...histories].reverse().map((history) => historyJson(history, view))
  return { startAt: 0, maxResults: latest.length, total: latest.length, histories: latest }
}

function historyJson({ id, author, created, items }: History, view: View) {
  return {
    id,
    author: userJson(author, view),
    created: jiraTime(created),
    items: items.map((item) => itemJson(item, view)),
  }
}

function itemJson(item: History['items'][number], { edition }: View) {
  return { ...edition.change(item), fieldtype: item.fieldId.startsWith('customfield_') ? 'custom' : 'jira' }
}

export function commentJson(comment: StandInComment, issueId: string, view: View) {
  const { id, author, body, created, updated } = comment
  return {
    self: `${view.base}${view.edition.api}/issue/${issueId}/comment/${id}`,
    id,
    author: userJson(author, view),
    updateAuthor: userJson(author, view),
    body,
    created: jiraTime(created),
    updated: jiraTime(updated),
    jsdPublic: true,
  }
}

export function propertiesJson(properties: Record<string, unknown>) {
  return Object.entries(properties).map(([key, value]) => ({ key, value }))
}

/** What webhooks say of it, by their events. Rich text is wiki markup there, and a comment's issue is compact. */
export function webhookBodies(happening: Happening, view: View): { webhookEvent: Happening['kind'] }[] {
  const told = webhookJson(happening, view)
  if (happening.kind !== 'comment_created' || view.edition.namesCommentedIssue) return [told]
  const { issue, actor, at, comment } = happening
  const update = {
    timestamp: at,
    webhookEvent: 'jira:issue_updated' as const,
    issue_event_type_name: 'issue_commented',
    user: webhookUser(actor, view),
    issue: webhookIssue(issue, view),
    comment: webhookComment(comment, issue.id, view),
  }
  return [told, update]
}

function webhookJson(happening: Happening, view: View) {
  const { kind, issue, actor, at } = happening
  const start = { timestamp: at, webhookEvent: kind }
  switch (kind) {
    case 'jira:issue_created':
      return {
        ...start,
        issue_event_type_name: 'issue_created',
        user: webhookUser(actor, view),
        issue: webhookIssue(issue, view),
      }
    case 'jira:issue_updated': {
      const { id, items } = happening.history
      return {
        ...start,
        issue_event_type_name: 'issue_generic',
        user: webhookUser(actor, view),
        issue: webhookIssue(issue, view),
        changelog: { id, items: items.map((item) => itemJson(item, view)) },
      }
    }
    case 'comment_created': {
      return {
        ...start,
        comment: webhookComment(happening.comment, issue.id, view),
        ...(view.edition.namesCommentedIssue ? { issue: compactIssue(issue, view) } : {}),
      }
    }
  }
}

function webhookComment(comment: StandInComment, issueId: string, view: View) {
  return {
    ...commentJson(comment, issueId, view),
    self: `${view.base}/rest/api/2/issue/${issueId}/comment/${comment.id}`,
    author: webhookUser(comment.author, view),
    updateAuthor: webhookUser(comment.author, view),
    body: wikiOf(comment.body),
  }
}

/** Cloud's webhooks leave the e-mail address out, as most people's privacy settings ask. */
function webhookUser(account: Account, view: View): Record<string, unknown> {
  const { emailAddress, ...user }: Record<string, unknown> = userJson(account, view)
  return view.edition.showsAddresses ? { ...user, emailAddress } : user
}

function webhookIssue(issue: StandInIssue, view: View) {
  const fields = Object.entries(fieldsJson(issue, view)).map(([id, value]) => [
    id,
    isDocument(value) ? wikiOf(value) : value,
  ])
  return {
    id: issue.id,
    key: issue.key,
    self: `${view.base}/rest/api/2/issue/${issue.id}`,
    fields: { ...Object.fromEntries(fields), reporter: webhookUser(issue.reporter, view) },
  }
}

function compactIssue(issue: StandInIssue, view: View) {
  const { summary, issuetype, project, priority, status } = fieldsJson(issue, view)
  const fields = { summary, issuetype, project, assignee: null, priority, status }
  return { id: issue.id, key: issue.key, self: `${view.base}/rest/api/2/issue/${issue.id}`, fields }
}

function wikiOf(richText: RichText): string {
  return typeof richText === 'string' ? richText : adfWiki(richText)
}

function isDocument(value: unknown): value is AdfDocument {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'doc'
}
