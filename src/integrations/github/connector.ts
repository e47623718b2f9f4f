import type { Connector, ConnectorDefinition, Lookup } from '../../connectors/connector.ts'
import type { CallOptions, Effect } from '../../connectors/effect.ts'
import { parseAnswer, path } from '../../connectors/http-client.ts'
import { isSafeAddress } from '../../connectors/is-safe-address.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import type { Document } from '../../tickets/document.ts'
import { createComment, findComment, type SendToComments } from './comments.ts'
import {
  checkNumber,
  type GitHubClient,
  gitHubApi,
  gitHubClient,
  type IssuePlace,
  issuePath,
  pageSize,
  repositoryPath,
  writeTimeoutMs,
} from './github-client.ts'
import { type PullRequest, pullRequestOf } from './github-events.ts'
import { FilesPage, PullRequestObject, UserObject } from './schema.ts'

export interface GitHubOptions {
  /** A fine-grained personal access token; the README of this folder says with which permissions. */
  token: Secret
  /** The API's address. Default `https://api.github.com`; of an Enterprise Server `https://<host>/api/v3`. */
  url?: string
}

export interface ChangedFile {
  /** Its path in the repository. */
  path: string
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed' | 'unchanged'
  additions: number
  deletions: number
  /** Where it was before, of one that was renamed. */
  previousPath?: string
}

export interface ChangedFiles {
  /** The first 300. */
  files: ChangedFile[]
  /** Whether there are no more. */
  isComplete: boolean
}

export type GitHub = Connector<
  {
    pullRequest: Lookup<IssuePlace, PullRequest>
    changedFiles: Lookup<IssuePlace, ChangedFiles>
  },
  { comment: Effect<IssuePlace & { body: Document }, { id: string }> }
>

const maxFilePages = 3
const docs = 'https://docs.github.com/en/rest'

/**
 * Asks GitHub for pull requests as they are now, and for the files that they change, and comments on pull requests and
 * issues. Through REST, version 2022-11-28; GitHub.com, GHE.com and Enterprise Server.
 *
 * `not_found` is only what GitHub says of a repository that the token may read: for the others it answers the same, and
 * that is a failure. Limits of rate (5,000 requests an hour) are `rate_limited`, whichever status GitHub tells them by.
 *
 * Throws `ConfigError` for an address that is not `https` (plain `http` only on this machine).
 *
 * https://docs.github.com/en/rest/pulls/pulls and https://docs.github.com/en/rest/issues/comments (November 2026)
 */
export function connector(options: GitHubOptions): ConnectorDefinition<GitHub> {
  expectOptions('github.connector', options, { token: 'any', url: 'string?' })
  const { token, url = gitHubApi } = options
  const address = URL.parse(url)
  if (address === null || !isSafeAddress(address))
    throw new ConfigError([{ at: 'connectors.github.url', problem: 'write it as https://<host>/api/v3' }])
  return {
    integration: 'github',
    docs,
    title: 'GitHub',
    secrets: [token],
    connect: () => github(gitHubClient({ url, token })),
  }
}

function github(client: GitHubClient): GitHub {
  return {
    lookups: {
      async pullRequest(place, call) {
        const json = await readPullRequest(client, { place, below: '' }, call)
        return json === undefined
          ? notFound()
          : found(pullRequestOf(parseAnswer(PullRequestObject, json, 'GitHub: pull request')))
      },

      async changedFiles(place, call) {
        const files: ChangedFile[] = []
        for (let page = 1; page <= maxFilePages; page += 1) {
          const query = { per_page: pageSize, page }
          const json = await readPullRequest(client, { place, below: '/files', query }, call)
          if (json === undefined) return notFound()
          const listed = parseAnswer(FilesPage, json, 'GitHub: files')
          files.push(...listed.map(changedFile))
          if (listed.length < pageSize) return found({ files, isComplete: true })
        }
        return found({ files, isComplete: false })
      },
    },

    effects: {
      comment: {
        once: 'by marker',
        finding: 'cheap',
        timeoutMs: writeTimeoutMs,
        about: ({ repository, number }) => ({
          key: `${repository}#${number}`,
          url: `https://${client.site}/${repository}/issues/${number}`,
        }),
        make: ({ body, ...place }, call) => createComment(commentsOf(client, place), body, call),
        find: (place, call) => findComment(commentsOf(client, place), call),
      },
    },

    async probe({ signal }) {
      const { json } = await client.send({ path: path`/user`, signal })
      parseAnswer(UserObject, json, 'GitHub: user')
    },

    async close() {
      // Connections are the process's own and end when they are idle.
    },
  }
}

function commentsOf({ send }: GitHubClient, place: IssuePlace): SendToComments {
  return (request) => send({ ...request, path: `${issuePath(place)}/comments` })
}

interface PullRequestRequest {
  place: IssuePlace
  below: string
  query?: Record<string, number>
}

/** @returns undefined where the repository has no such pull request. */
async function readPullRequest(
  { send }: GitHubClient,
  { place: { repository, number }, below, query = {} }: PullRequestRequest,
  { signal }: CallOptions,
): Promise<unknown> {
  const asked = repositoryPath(repository)
  const request = { path: asked + path`/pulls/${checkNumber(number)}` + below, query, accept: [404], signal }
  const { status, json } = await send(request)
  if (status !== 404) return json
  const answer = await send({ path: asked, accept: [404], signal })
  if (answer.status !== 404) return undefined
  throw new ConnectorRefused(
    `GitHub: there is no repository ${repository}, or Adder's token may not read it, which GitHub does not tell apart`,
    { status: 404 },
  )
}

function changedFile({ filename, status, additions, deletions, previous_filename }: FilesPage[number]): ChangedFile {
  return {
    path: filename,
    status,
    additions,
    deletions,
    ...(previous_filename === undefined ? {} : { previousPath: previous_filename }),
  }
}
