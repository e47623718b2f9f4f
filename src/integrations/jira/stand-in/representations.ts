import type { AdfDocument } from '../adf.ts'
import { adfWiki } from './adf-wiki.ts'
import type { Account, Happening, History, StandInComment, StandInIssue, StatusDefinition, Transition } from './site.ts'

/** How Jira writes what it holds: version 3 in answers, version 2 in webhooks. */

/** `2026-11-24T23:29:00.000+0000`, Jira's spelling of a time. */
export function jiraTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000')
}

export function userJson({ accountId, displayName, emailAddress }: Account, base: string) {
  const self = `${base}/rest/api/3/user?accountId=${accountId}`
  return { self, accountId, accountType: 'atlassian', displayName, emailAddress, active: true, timeZone: 'Etc/UTC' }
}

function statusJson({ id, name, category }: StatusDefinition, base: string) {
  const self = `${base}/rest/api/3/status/${id}`
  return { self, id, name, statusCategory: { key: category, name: category === 'done' ? 'Done' : name } }
}

function fieldsJson(issue: StandInIssue, base: string): Record<string, unknown> {
  return {
    description: null,
    ...issue.fields,
    project: { self: `${base}/rest/api/3/project/${issue.project}`, key: issue.project, name: issue.project },
    issuetype: { self: `${base}/rest/api/3/issuetype/${issue.type}`, name: issue.type, subtask: false },
    status: statusJson(issue.status, base),
    reporter: userJson(issue.reporter, base),
    created: jiraTime(issue.created),
    updated: jiraTime(issue.updated),
  }
}

/** The issue with all its fields, or only those asked for. */
export function issueJson(issue: StandInIssue, base: string, fields?: readonly string[]) {
  const self = `${base}/rest/api/3/issue/${issue.id}`
  return { id: issue.id, key: issue.key, self, fields: shownFields(fieldsJson(issue, base), fields) }
}

/** The same as version 2 of the API has it: rich text is wiki markup, as in webhooks. */
export function issueJsonOfVersion2(issue: StandInIssue, base: string, fields?: readonly string[]) {
  const { fields: all, ...about } = webhookIssue(issue, base)
  return { ...about, fields: shownFields(all, fields) }
}

function shownFields(all: Record<string, unknown>, fields: readonly string[] | undefined): Record<string, unknown> {
  if (fields === undefined || fields.includes('*all')) return all
  return Object.fromEntries(fields.map((id) => [id, all[id] ?? null]))
}

export function transitionJson({ id, name, to }: Transition, base: string) {
  return {
    id,
    name,
    to: statusJson(to, base),
    hasScreen: true,
    isGlobal: false,
    isInitial: false,
    isConditional: false,
  }
}

/** The latest changes first, as `expand=changelog` gives them. */
export function changelogJson({ histories }: StandInIssue, base: string) {
  const latest = [...histories].reverse().map((history) => historyJson(history, base))
  return { startAt: 0, maxResults: latest.length, total: latest.length, histories: latest }
}

function historyJson({ id, author, created, items }: History, base: string) {
  return { id, author: userJson(author, base), created: jiraTime(created), items: items.map(itemJson) }
}

function itemJson(item: History['items'][number]) {
  return { ...item, fieldtype: item.fieldId.startsWith('customfield_') ? 'custom' : 'jira' }
}

export function commentJson(comment: StandInComment, issueId: string, base: string) {
  const { id, author, body, created, updated } = comment
  return {
    self: `${base}/rest/api/3/issue/${issueId}/comment/${id}`,
    id,
    author: userJson(author, base),
    updateAuthor: userJson(author, base),
    body,
    created: jiraTime(created),
    updated: jiraTime(updated),
    jsdPublic: true,
  }
}

export function propertiesJson(properties: Record<string, unknown>) {
  return Object.entries(properties).map(([key, value]) => ({ key, value }))
}

/** The body of a webhook: rich text is wiki markup there, and a comment's issue is compact. */
export function webhookJson(happening: Happening, base: string) {
  const { kind, issue, actor, at } = happening
  const start = { timestamp: at, webhookEvent: kind }
  switch (kind) {
    case 'jira:issue_created':
      return {
        ...start,
        issue_event_type_name: 'issue_created',
        user: webhookUser(actor, base),
        issue: webhookIssue(issue, base),
      }
    case 'jira:issue_updated': {
      const { id, items } = happening.history
      return {
        ...start,
        issue_event_type_name: 'issue_generic',
        user: webhookUser(actor, base),
        issue: webhookIssue(issue, base),
        changelog: { id, items: items.map(itemJson) },
      }
    }
    case 'comment_created': {
      const { issue: _, ...comment } = { issue, ...commentJson(happening.comment, issue.id, base) }
      return {
        ...start,
        comment: {
          ...comment,
          self: `${base}/rest/api/2/issue/${issue.id}/comment/${comment.id}`,
          author: webhookUser(actor, base),
          updateAuthor: webhookUser(actor, base),
          body: adfWiki(comment.body),
        },
        issue: compactIssue(issue, base),
      }
    }
  }
}

/** Webhooks leave the address out, as most people's privacy settings ask. */
function webhookUser(account: Account, base: string) {
  const { emailAddress: _, ...user } = userJson(account, base)
  return user
}

function webhookIssue(issue: StandInIssue, base: string) {
  const fields = Object.entries(fieldsJson(issue, base)).map(([id, value]) => [
    id,
    isDocument(value) ? adfWiki(value) : value,
  ])
  return {
    id: issue.id,
    key: issue.key,
    self: `${base}/rest/api/2/issue/${issue.id}`,
    fields: { ...Object.fromEntries(fields), reporter: webhookUser(issue.reporter, base) },
  }
}

function compactIssue(issue: StandInIssue, base: string) {
  const { summary, issuetype, project, priority, status } = fieldsJson(issue, base)
  const fields = { summary, issuetype, project, assignee: null, priority, status }
  return { id: issue.id, key: issue.key, self: `${base}/rest/api/2/issue/${issue.id}`, fields }
}

function isDocument(value: unknown): value is AdfDocument {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'doc'
}
