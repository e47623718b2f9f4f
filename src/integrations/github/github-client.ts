import { type HttpAnswer, type HttpRefusal, type HttpRequest, httpClient, path } from '../../connectors/http-client.ts'
import { ConnectorInputInvalid, ConnectorRateLimited } from '../../errors/connector-errors.ts'
import type { Secret } from '../../secrets/secret.ts'
import { repositoryName } from './schema.ts'

export const gitHubApi = 'https://api.github.com'

/** How long a write may take, in milliseconds. */
export const writeTimeoutMs = 10_000

/** GitHub gives no list in larger pages. */
export const pageSize = 100

/** An issue or a pull request: GitHub numbers both together. */
export interface IssuePlace {
  /** `acme/shop`. */
  repository: string
  number: number
}

export interface GitHubClient {
  /** The host of the pages: `github.com`. */
  site: string
  send(request: HttpRequest): Promise<HttpAnswer>
}

/**
 * Requests to GitHub's REST API with a token. A 403 or 429 for a rate limit is `ConnectorRateLimited`, until the time that
 * GitHub says, or for a minute, which is what it asks for where it says none.
 *
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api (November 2026)
 */
export function gitHubClient({ url, token }: { url: string; token: Secret }): GitHubClient {
  return {
    site: siteOf(url),
    send: httpClient({
      title: 'GitHub',
      baseUrl: url,
      isPublic: url === gitHubApi,
      headers: () => ({
        authorization: `Bearer ${token.reveal()}`,
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
      }),
      errorOf: rateLimited,
    }),
  }
}

function rateLimited({ status, headers, text, message, until }: HttpRefusal): Error | undefined {
  if (status !== 403 && status !== 429) return undefined
  const limited = (opens?: Date) => new ConnectorRateLimited(message, { until: until ?? opens })
  if (headers.get('x-ratelimit-remaining') === '0') return limited(epochSeconds(headers.get('x-ratelimit-reset')))
  if (headers.has('retry-after')) return limited()
  // Some of the secondary limits are told by the page that is named alone.
  const isSecondary = /"documentation_url"\s*:\s*"[^"]*rate-limit/.test(text)
  return status === 429 || isSecondary ? limited(new Date(Date.now() + 60_000)) : undefined
}

function epochSeconds(text: string | null): Date | undefined {
  return text !== null && /^\d{1,11}$/.test(text) ? new Date(Number(text) * 1000) : undefined
}

/** Where people look, from the API's address: `https://ghe.acme.example/api/v3` is for `ghe.acme.example`. */
function siteOf(url: string): string {
  return (URL.parse(url)?.host ?? '').replace(/^api\./, '')
}

/** `/repos/acme/shop`. Throws `ConnectorInputInvalid` for what is no repository. */
export function repositoryPath(repository: string): string {
  if (!repositoryName.test(repository))
    throw new ConnectorInputInvalid(`GitHub: ${JSON.stringify(repository)} is no repository; write it as acme/shop`)
  const [owner = '', name = ''] = repository.split('/')
  return path`/repos/${owner}/${name}`
}

/** The number, checked: it may come from outside. */
export function checkNumber(number: number): string {
  if (!Number.isSafeInteger(number) || number < 1)
    throw new ConnectorInputInvalid(`GitHub: ${JSON.stringify(number)} is not the number of an issue or pull request`)
  return String(number)
}

/** `/repos/acme/shop/issues/12`, which is where pull requests are commented on, too. */
export function issuePath({ repository, number }: IssuePlace): string {
  return repositoryPath(repository) + path`/issues/${checkNumber(number)}`
}
