import { markdownText } from '../markdown-text.ts'
import type { StandInIssue, StandInPull } from './site.ts'

/** A pull request for people to look at, as text. */
export function pullPage(issue: StandInIssue, { head, base, files, mergedAt }: StandInPull): string {
  const state = mergedAt === undefined ? issue.state : 'merged'
  const described = issue.body === '' ? [] : [markdownText(issue.body)]
  return [
    `${issue.repository}#${issue.number}: ${issue.title}`,
    `${state}, ${head.branch} into ${base}, by ${issue.author.login}. This is a stand-in for GitHub.`,
    ...described,
    files.map(({ filename, additions, deletions }) => `${filename} +${additions} −${deletions}`).join('\n'),
    ...issue.comments.map(({ author, body }) => `${author.login}: ${markdownText(body)}`),
  ].join('\n\n')
}
