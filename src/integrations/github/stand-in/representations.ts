import type {
  Account,
  Happening,
  StandInChange,
  StandInComment,
  StandInFile,
  StandInIssue,
  StandInPull,
} from './site.ts'
import type { WebhookDelivery, WebhookRegistration } from './webhooks.ts'

/** How GitHub shows what it holds, in answers and in webhooks alike. */
export interface Representations {
  user(account: Account): object
  repository(name: string): object
  issue(issue: StandInIssue): object
  pull(issue: StandInIssue, pull: StandInPull): object
  comment(issue: StandInIssue, comment: StandInComment): object
  file(file: StandInFile): object
  change(change: StandInChange): object
  webhook(happening: Happening): object
  hook(id: number, webhook: WebhookRegistration): object
  delivery(delivery: WebhookDelivery): object
}

/**
 * @param base the stand-in's address, for pages and API alike.
 *
 * https://docs.github.com/en/rest and https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
export function representations({
  base,
  repositoryId,
}: {
  base: () => string
  repositoryId: (repository: string) => number
}): Representations {
  const user = ({ id, login }: Account) => ({
    login,
    id,
    type: 'User',
    site_admin: false,
    url: `${base()}/users/${login}`,
    html_url: `${base()}/${login}`,
  })

  const repository = (name: string) => {
    const [owner = '', ownName = ''] = name.split('/')
    return {
      id: repositoryId(name),
      name: ownName,
      full_name: name,
      private: true,
      owner: user({ id: 1, login: owner }),
      html_url: `${base()}/${name}`,
      url: `${base()}/repos/${name}`,
    }
  }

  const shared = (issue: StandInIssue) => ({
    id: issue.id,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    locked: false,
    user: user(issue.author),
    labels: issue.labels.map((name, id) => ({ id, name, color: 'ededed', default: false })),
    assignees: issue.assignees.map((login, id) => user({ id, login })),
    milestone: issue.milestone === undefined ? null : { number: issue.milestone, title: `v${issue.milestone}` },
    created_at: seconds(issue.createdAt),
    updated_at: seconds(issue.updatedAt),
    closed_at: issue.state === 'open' ? null : seconds(issue.updatedAt),
  })

  const page = ({ repository, number, pull }: StandInIssue) =>
    `${base()}/${repository}/${pull === undefined ? 'issues' : 'pull'}/${number}`

  const issueJson = (issue: StandInIssue) => ({
    ...shared(issue),
    url: `${base()}/repos/${issue.repository}/issues/${issue.number}`,
    html_url: page(issue),
    state_reason: issue.stateReason ?? null,
    comments: issue.comments.length,
    ...(issue.pull === undefined ? {} : { pull_request: { html_url: page(issue) } }),
  })

  const pull = (issue: StandInIssue, { isDraft, mergedAt, head, base: into, commits, files }: StandInPull) => ({
    ...shared(issue),
    url: `${base()}/repos/${issue.repository}/pulls/${issue.number}`,
    html_url: page(issue),
    draft: isDraft,
    merged: mergedAt !== undefined,
    merged_at: mergedAt === undefined ? null : seconds(mergedAt),
    head: { label: head.branch, ref: head.branch, sha: head.commit, repo: repository(issue.repository) },
    base: { label: into, ref: into, sha: '0'.repeat(40), repo: repository(issue.repository) },
    commits,
    additions: files.reduce((sum, { additions }) => sum + additions, 0),
    deletions: files.reduce((sum, { deletions }) => sum + deletions, 0),
    changed_files: files.length,
  })

  const comment = (issue: StandInIssue, { id, author, body, createdAt, updatedAt }: StandInComment) => ({
    id,
    url: `${base()}/repos/${issue.repository}/issues/comments/${id}`,
    html_url: `${page(issue)}#issuecomment-${id}`,
    issue_url: `${base()}/repos/${issue.repository}/issues/${issue.number}`,
    user: user(author),
    body,
    created_at: seconds(createdAt),
    updated_at: seconds(updatedAt),
  })

  return {
    user,
    repository,
    issue: issueJson,
    pull,
    comment,
    file: (file) => ({ sha: '0'.repeat(40), changes: file.additions + file.deletions, ...file }),
    change: ({ id, event, label, actor, createdAt }) => ({
      id,
      event,
      actor: user(actor),
      created_at: seconds(createdAt),
      ...(label === undefined ? {} : { label: { name: label, color: 'ededed' } }),
    }),
    hook: (id, { events = ['*'], isActive = true, contentType = 'json' }) => ({
      type: 'Repository',
      id,
      name: 'web',
      active: isActive,
      events,
      config: { content_type: contentType, insecure_ssl: '0' },
    }),
    delivery: ({ id, guid, event, action, deliveredAt, isRedelivery, status }) => ({
      id,
      guid,
      delivered_at: new Date(deliveredAt).toISOString(),
      redelivery: isRedelivery,
      duration: 0.1,
      status: status === undefined ? 'failed to connect' : 'OK',
      status_code: status ?? 0,
      event,
      action: action ?? null,
    }),
    webhook: ({ action, issue, actor, comment: said, before, changes, event }) => ({
      action,
      ...(event === 'pull_request' && issue.pull !== undefined
        ? { number: issue.number, pull_request: pull(issue, issue.pull) }
        : { issue: issueJson(issue) }),
      ...(said === undefined ? {} : { comment: comment(issue, said) }),
      ...(changes === undefined ? {} : { changes }),
      ...(before === undefined ? {} : { before, after: issue.pull?.head.commit }),
      repository: repository(issue.repository),
      sender: user(actor),
    }),
  }
}

/** GitHub's times have no milliseconds. */
function seconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
