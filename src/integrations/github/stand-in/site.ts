import { hash } from 'node:crypto'
import { EventEmitter } from 'node:events'

export interface Account {
  id: number
  login: string
}

export interface StandInComment {
  id: number
  author: Account
  /** Markdown, as it was written. */
  body: string
  createdAt: number
  updatedAt: number
}

export interface StandInFile {
  filename: string
  status: 'added' | 'removed' | 'modified'
  additions: number
  deletions: number
}

/** What a pull request has besides what an issue has. */
export interface StandInPull {
  isDraft: boolean
  mergedAt: number | undefined
  head: { branch: string; commit: string }
  base: string
  commits: number
  files: StandInFile[]
}

/** `renamed`, `labeled`, `closed`. */
export interface StandInChange {
  id: number
  event: string
  /** Of `labeled` and `unlabeled`. */
  label?: string
  actor: Account
  createdAt: number
}

export interface StandInIssue {
  id: number
  number: number
  /** `acme/shop`. */
  repository: string
  title: string
  /** Markdown, as it was written. */
  body: string
  state: 'open' | 'closed'
  stateReason: string | undefined
  labels: string[]
  assignees: string[]
  /** The number of a milestone. */
  milestone: number | undefined
  author: Account
  createdAt: number
  updatedAt: number
  comments: StandInComment[]
  /** What changed, oldest first. */
  changes: StandInChange[]
  /** Set where it is a pull request. */
  pull: StandInPull | undefined
}

/** Something that a webhook tells of. */
export interface Happening {
  event: 'pull_request' | 'issues' | 'issue_comment'
  action: string
  issue: StandInIssue
  actor: Account
  comment?: StandInComment
  /** What was there before, of an `edited`. */
  changes?: { title?: { from: string }; body?: { from: string } }
  /** Of a `synchronize`. */
  before?: string
}

export interface IssueChange {
  title?: string
  body?: string
  state?: 'open' | 'closed'
  stateReason?: string
  labels?: string[]
  assignees?: string[]
  milestone?: number | undefined
}

export type GitHubSite = ReturnType<typeof gitHubSite>

/** What a GitHub holds, and what happens to it. */
export function gitHubSite({ now, repositories }: { now: () => number; repositories: readonly string[] }) {
  const happened = new EventEmitter<{ happening: [Happening] }>()
  const issues: StandInIssue[] = []
  let lastId = 1000

  function newId(): number {
    lastId += 1
    return lastId
  }

  function tell(happening: Happening): void {
    happened.emit('happening', happening)
  }

  function touch(issue: StandInIssue): void {
    // GitHub's times are whole seconds, and a change has to be seen in them.
    issue.updatedAt = Math.max(now(), issue.updatedAt + 1000)
  }

  return {
    happened,
    issues,
    repositoryId: (repository: string) => repositories.indexOf(repository) + 1,
    /** As it is spelled; undefined where there is none. */
    findRepository: (asked: string) => repositories.find((each) => each.toLowerCase() === asked.toLowerCase()),
    find: (repository: string, number: number) =>
      issues.find((issue) => issue.repository === repository && issue.number === number),
    of: (repository: string) => issues.filter((issue) => issue.repository === repository),

    create(repository: string, made: IssueChange & { title: string }, author: Account, pull?: StandInPull) {
      const numbers = issues.filter((issue) => issue.repository === repository).map(({ number }) => number)
      const at = now()
      const issue: StandInIssue = {
        id: newId(),
        number: Math.max(0, ...numbers) + 1,
        repository,
        title: made.title,
        body: made.body ?? '',
        state: 'open',
        stateReason: undefined,
        labels: made.labels ?? [],
        assignees: made.assignees ?? [],
        milestone: made.milestone,
        author,
        createdAt: at,
        updatedAt: at,
        comments: [],
        changes: [],
        pull,
      }
      issues.push(issue)
      tell({ event: pull === undefined ? 'issues' : 'pull_request', action: 'opened', issue, actor: author })
      return issue
    },

    change(issue: StandInIssue, change: IssueChange, actor: Account) {
      const event = issue.pull === undefined ? 'issues' : 'pull_request'
      const wasOpen = issue.state === 'open'
      const { title, body } = issue
      const edited = {
        ...((change.title ?? title) === title ? {} : { title: { from: title } }),
        ...((change.body ?? body) === body ? {} : { body: { from: body } }),
      }
      issue.changes.push(...changesOf(issue, change).map((each) => ({ ...each, id: newId(), actor, createdAt: now() })))
      Object.assign(issue, change)
      touch(issue)
      if (Object.keys(edited).length > 0) tell({ event, action: 'edited', issue, actor, changes: edited })
      if (wasOpen !== (issue.state === 'open')) tell({ event, action: wasOpen ? 'closed' : 'reopened', issue, actor })
    },

    push(
      issue: StandInIssue,
      pull: StandInPull,
      { content, files }: { content: string; files: StandInFile[] },
      actor: Account,
    ) {
      const before = pull.head.commit
      pull.head = { ...pull.head, commit: commitOf(content) }
      pull.commits += 1
      pull.files.push(...files)
      touch(issue)
      tell({ event: 'pull_request', action: 'synchronize', issue, actor, before })
    },

    addComment(issue: StandInIssue, body: string, author: Account) {
      const at = now()
      const comment: StandInComment = { id: newId(), author, body, createdAt: at, updatedAt: at }
      issue.comments.push(comment)
      touch(issue)
      tell({ event: 'issue_comment', action: 'created', issue, comment, actor: author })
      return comment
    },

    findComment(repository: string, id: number) {
      return issues
        .filter((issue) => issue.repository === repository)
        .flatMap((issue) => issue.comments.map((comment) => ({ issue, comment })))
        .find(({ comment }) => comment.id === id)
    },

    editComment(issue: StandInIssue, comment: StandInComment, body: string, actor: Account) {
      comment.body = body
      comment.updatedAt = Math.max(now(), comment.updatedAt + 1000)
      touch(issue)
      tell({ event: 'issue_comment', action: 'edited', issue, comment, actor })
    },

    remove(issue: StandInIssue, actor: Account) {
      issues.splice(issues.indexOf(issue), 1)
      tell({ event: 'issues', action: 'deleted', issue, actor })
    },

    removeComment(issue: StandInIssue, comment: StandInComment, actor: Account) {
      issue.comments.splice(issue.comments.indexOf(comment), 1)
      touch(issue)
      tell({ event: 'issue_comment', action: 'deleted', issue, comment, actor })
    },
  }
}

function changesOf(
  issue: StandInIssue,
  { title, labels, assignees, milestone, state }: IssueChange,
): Pick<StandInChange, 'event' | 'label'>[] {
  const lists = [
    [issue.labels, labels, 'labeled', 'unlabeled', (label: string) => ({ label })],
    [issue.assignees, assignees, 'assigned', 'unassigned', () => ({})],
  ] as const
  return [
    ...(title !== undefined && title !== issue.title ? [{ event: 'renamed' }] : []),
    ...lists.flatMap(([before, after = before, added, removed, named]) => [
      ...after.filter((each) => !before.includes(each)).map((each) => ({ event: added, ...named(each) })),
      ...before.filter((each) => !after.includes(each)).map((each) => ({ event: removed, ...named(each) })),
    ]),
    ...(milestone !== undefined && milestone !== issue.milestone ? [{ event: 'milestoned' }] : []),
    ...(state !== undefined && state !== issue.state ? [{ event: state === 'open' ? 'reopened' : 'closed' }] : []),
  ]
}

/** The name of a commit with this content. */
export function commitOf(content: string): string {
  return hash('sha1', content, 'hex')
}
