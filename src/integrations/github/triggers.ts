import type { Condition, Trigger } from '../../automations/trigger.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import { type CommentEvent, githubEventKinds, type IssueEvent, type PullRequestEvent } from './github-events.ts'
import { type IssueAction, issueActions, type PullRequestAction, pullRequestActions } from './schema.ts'

export interface RepositoryFilter {
  /** `acme/shop`, in any case. Left out: every repository whose webhook comes here. */
  repository?: string
}

export interface PullRequestFilter extends RepositoryFilter {
  /** What happened: one action or several. Left out: any of them. */
  action?: PullRequestAction | readonly PullRequestAction[]
  /** The branch that it is for. Left out: any. */
  base?: string
}

export interface IssueFilter extends RepositoryFilter {
  /** What happened: one action or several. Left out: any of them. */
  action?: IssueAction | readonly IssueAction[]
  /** A label that the issue has. */
  label?: string
}

/** Starts when something happens to a pull request. Once for each thing that happens. */
export function pullRequest(options: PullRequestFilter = {}): Trigger<PullRequestEvent> {
  expectOptions('github.pullRequest', options, { repository: 'string?', action: 'any?', base: 'string?' })
  const { repository, action, base } = options
  checkActions('github.pullRequest', action, pullRequestActions)
  const conditions: Condition<PullRequestEvent>[] = about(repository, action)
  if (base !== undefined)
    conditions.push({ says: `it is for "${base}"`, holds: ({ pullRequest }) => pullRequest.base === base })
  return { kind: githubEventKinds.pullRequest, conditions }
}

/** Starts when something happens to an issue that is no pull request. Once for each thing that happens. */
export function issue(options: IssueFilter = {}): Trigger<IssueEvent> {
  expectOptions('github.issue', options, { repository: 'string?', action: 'any?', label: 'string?' })
  const { repository, action, label } = options
  checkActions('github.issue', action, issueActions)
  const conditions: Condition<IssueEvent>[] = about(repository, action)
  if (label !== undefined)
    conditions.push({ says: `labels include "${label}"`, holds: ({ issue }) => issue.labels.includes(label) })
  return { kind: githubEventKinds.issue, conditions }
}

/** Starts when somebody comments on an issue or a pull request. What Adder itself wrote starts nothing. */
export function comment(options: RepositoryFilter = {}): Trigger<CommentEvent> {
  expectOptions('github.comment', options, { repository: 'string?' })
  const { repository } = options
  const byOthers: Condition<CommentEvent> = {
    says: 'it was not written by Adder',
    holds: ({ marker }) => marker === undefined,
  }
  return { kind: githubEventKinds.comment, conditions: [...inRepository(repository), byOthers] }
}

/** An action that there is not would never start anything. */
function checkActions(
  factory: string,
  given: string | readonly string[] | undefined,
  actions: readonly string[],
): void {
  if (given === undefined || [given].flat().every((each) => actions.includes(each))) return
  const problem = `must be one or several of ${actions.join(', ')}`
  throw new ConfigError([{ at: `${factory}({ action })`, problem }])
}

function about(
  repository: string | undefined,
  action: string | readonly string[] | undefined,
): Condition<{ repository: string; action: string }>[] {
  if (action === undefined) return inRepository(repository)
  const actions = [action].flat()
  const happened = {
    says: `action is ${actions.map((each) => `"${each}"`).join(' or ')}`,
    holds: (data: { action: string }) => actions.includes(data.action),
  }
  return [...inRepository(repository), happened]
}

function inRepository(wanted: string | undefined): Condition<{ repository: string }>[] {
  if (wanted === undefined) return []
  return [
    {
      says: `repository is "${wanted}"`,
      holds: ({ repository }) => repository.toLowerCase() === wanted.toLowerCase(),
    },
  ]
}
