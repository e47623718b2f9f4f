export { type ChangedFile, type ChangedFiles, connector, type GitHub, type GitHubOptions } from './connector.ts'
export type { IssuePlace } from './github-client.ts'
export type { CommentEvent, Issue, IssueEvent, PullRequest, PullRequestEvent } from './github-events.ts'
export type { GitHubSweepOptions } from './github-sweep.ts'
export type { IssueAction, PullRequestAction } from './schema.ts'
export { type GitHubSourceOptions, source } from './source.ts'
export { type GitHubTicketingOptions, ticketing } from './ticketing.ts'
export {
  comment,
  type IssueFilter,
  issue,
  type PullRequestFilter,
  pullRequest,
  type RepositoryFilter,
} from './triggers.ts'
