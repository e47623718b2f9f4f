export type { CommentEvent, Issue, IssueEvent, PullRequest, PullRequestEvent } from './github-events.ts'
export type { IssueAction, PullRequestAction } from './schema.ts'
export { type GitHubSourceOptions, source } from './source.ts'
export {
  comment,
  type IssueFilter,
  issue,
  type PullRequestFilter,
  pullRequest,
  type RepositoryFilter,
} from './triggers.ts'
