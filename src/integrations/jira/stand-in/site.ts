import { EventEmitter } from 'node:events'
import type { RichText } from './edition.ts'
import { type FieldDefinition, fieldDefinitions } from './field-definitions.ts'

export interface Account {
  /** Of Jira Cloud. */
  accountId: string
  /** The login and what stays when that changes, of Jira Data Center. */
  name: string
  key: string
  displayName: string
  emailAddress: string
}

export interface StatusDefinition {
  id: string
  name: string
  category: 'new' | 'indeterminate' | 'done'
}

export interface Change {
  field: string
  fieldId: string
  from: string | null
  fromString: string | null
  to: string | null
  toString: string | null
}

export interface History {
  id: string
  author: Account
  created: number
  items: Change[]
}

export interface StandInComment {
  id: string
  author: Account
  created: number
  updated: number
  body: RichText
  properties: Record<string, unknown>
}

export interface RemoteLink {
  id: number
  globalId: string | undefined
  url: string
  title: string
}

export interface StandInIssue {
  id: string
  key: string
  project: string
  type: string
  status: StatusDefinition
  reporter: Account
  created: number
  updated: number
  /** By field id: `summary`, `labels`, `description`, `customfield_10010`. */
  fields: Record<string, unknown>
  properties: Record<string, unknown>
  comments: StandInComment[]
  histories: History[]
  links: RemoteLink[]
}

export interface Transition {
  id: string
  name: string
  from: string
  to: StatusDefinition
}

/** What happened to an issue: what webhooks tell. */
export type Happening =
  | { kind: 'jira:issue_created'; issue: StandInIssue; actor: Account; at: number }
  | { kind: 'jira:issue_updated'; issue: StandInIssue; actor: Account; at: number; history: History }
  | { kind: 'comment_created'; issue: StandInIssue; actor: Account; at: number; comment: StandInComment }

const toDo: StatusDefinition = { id: '10000', name: 'To Do', category: 'new' }
const inProgress: StatusDefinition = { id: '10001', name: 'In Progress', category: 'indeterminate' }
const done: StatusDefinition = { id: '10002', name: 'Done', category: 'done' }

/** The workflow: the transitions have other names than the statuses that they lead to. */
const transitions: readonly Transition[] = [
  { id: '11', name: 'Start work', from: 'To Do', to: inProgress },
  { id: '21', name: 'Resolve', from: 'In Progress', to: done },
  { id: '31', name: 'Put back', from: 'In Progress', to: toDo },
  { id: '41', name: 'Reopen', from: 'Done', to: inProgress },
]

/** What a site holds, and what can be done to it. Everything that is given has been checked by the caller. */
export function jiraSite({
  now,
  projects,
  types,
}: {
  now: () => number
  projects: readonly string[]
  types: readonly string[]
}) {
  const issues: StandInIssue[] = []
  // A site that thousands of alerts go to is asked for single issues all the time.
  const byName = new Map<string, StandInIssue>()
  const lastNumbers = new Map<string, number>()
  const happened = new EventEmitter<{ happening: [Happening] }>()
  let lastId = 10_000
  const nextId = () => String(++lastId)

  function nextKey(project: string): string {
    const number = 1 + (lastNumbers.get(project) ?? 0)
    lastNumbers.set(project, number)
    return `${project}-${number}`
  }

  function createIssue({
    project,
    type,
    fields,
    properties = {},
    reporter,
  }: {
    project: string
    type: string
    fields: Record<string, unknown>
    properties?: Record<string, unknown>
    reporter: Account
  }): StandInIssue {
    const at = now()
    const issue: StandInIssue = {
      id: nextId(),
      key: nextKey(project),
      project,
      type,
      status: toDo,
      reporter,
      created: at,
      updated: at,
      fields: { labels: [], priority: { name: 'Medium' }, resolution: null, ...fields },
      properties,
      comments: [],
      histories: [],
      links: [],
    }
    issues.push(issue)
    byName.set(issue.id, issue).set(issue.key, issue)
    happened.emit('happening', { kind: 'jira:issue_created', issue, actor: reporter, at })
    return issue
  }

  function editIssue(issue: StandInIssue, fields: Record<string, unknown>, actor: Account): void {
    const items = fieldChanges(issue, fields)
    Object.assign(issue.fields, fields)
    if (items.length > 0) record(issue, items, actor)
  }

  function transitionIssue(
    issue: StandInIssue,
    { to }: Transition,
    fields: Record<string, unknown>,
    actor: Account,
  ): void {
    // The workflow sets and clears the resolution, as Jira's own simplified workflow does.
    const isReopened = issue.status.category === 'done' && to.category !== 'done'
    const resolution =
      to.category === 'done' ? { resolution: { name: 'Done' } } : isReopened ? { resolution: null } : {}
    const all = { ...resolution, ...fields }
    const items = [statusChange(issue.status, to), ...fieldChanges(issue, all)]
    issue.status = to
    Object.assign(issue.fields, all)
    record(issue, items, actor)
  }

  function record(issue: StandInIssue, items: Change[], actor: Account): void {
    const history = { id: nextId(), author: actor, created: now(), items }
    issue.histories.push(history)
    issue.updated = history.created
    happened.emit('happening', { kind: 'jira:issue_updated', issue, actor, at: history.created, history })
  }

  function addComment(
    issue: StandInIssue,
    { body, properties = {}, author }: { body: RichText; properties?: Record<string, unknown>; author: Account },
  ): StandInComment {
    const at = now()
    const comment: StandInComment = { id: nextId(), author, created: at, updated: at, body, properties }
    issue.comments.push(comment)
    happened.emit('happening', { kind: 'comment_created', issue, actor: author, at, comment })
    return comment
  }

  /** Replaces the link with the same global id, as Jira does, or adds one. */
  function putLink(issue: StandInIssue, link: Omit<RemoteLink, 'id'>): { link: RemoteLink; isNew: boolean } {
    const present = issue.links.find(({ globalId }) => globalId !== undefined && globalId === link.globalId)
    if (present) return { link: Object.assign(present, link), isNew: false }
    const added = { id: Number(nextId()), ...link }
    issue.links.push(added)
    return { link: added, isNew: true }
  }

  /** Gives it a key of the other project. Its id stays, and its former keys lead to it. */
  function moveIssue(issue: StandInIssue, project: string, actor: Account): void {
    const former = { project: issue.project, key: issue.key }
    Object.assign(issue, { project, key: nextKey(project) })
    byName.set(issue.key, issue)
    record(issue, [textChange('project', former.project, project), textChange('Key', former.key, issue.key)], actor)
  }

  return {
    projects,
    types,
    issues,
    happened,
    createIssue,
    editIssue,
    transitionIssue,
    addComment,
    moveIssue,
    putLink,
    findIssue: (idOrKey: string) => byName.get(idOrKey.toUpperCase()),
    findComment: (id: string) => issues.flatMap(({ comments }) => comments).find((comment) => comment.id === id),
    transitionsFrom: ({ status }: StandInIssue) => transitions.filter(({ from }) => from === status.name),
    deleteIssue(issue: StandInIssue) {
      issues.splice(issues.indexOf(issue), 1)
      for (const [name, named] of byName) if (named === issue) byName.delete(name)
    },
    deleteComment(issue: StandInIssue, id: string) {
      issue.comments = issue.comments.filter((comment) => comment.id !== id)
    },
  }
}

export type JiraSite = ReturnType<typeof jiraSite>

function statusChange(from: StatusDefinition, to: StatusDefinition): Change {
  return { field: 'status', fieldId: 'status', from: from.id, fromString: from.name, to: to.id, toString: to.name }
}

function textChange(field: string, from: string, to: string): Change {
  const fieldId = field === 'Key' ? 'issuekey' : field
  return { field, fieldId, from: null, fromString: from, to: null, toString: to }
}

function fieldChanges(issue: StandInIssue, fields: Record<string, unknown>): Change[] {
  return Object.entries(fields).flatMap(([id, value]) => {
    const definition = fieldDefinitions.find((field) => field.id === id)
    const before = issue.fields[id]
    if (definition === undefined || JSON.stringify(before ?? null) === JSON.stringify(value ?? null)) return []
    return [fieldChange(definition, before, value)]
  })
}

function fieldChange({ id, name, custom, shown }: FieldDefinition, before: unknown, after: unknown): Change {
  const show = (value: unknown) => (value === null || value === undefined ? null : shown(value))
  return {
    field: custom ? name : id,
    fieldId: id,
    from: null,
    fromString: show(before),
    to: null,
    toString: show(after),
  }
}
