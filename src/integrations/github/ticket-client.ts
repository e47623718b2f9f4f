import { type HttpAnswer, type HttpRequest, parseAnswer, path } from '../../connectors/http-client.ts'
import { ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { TicketGone } from '../../tickets/ticket-gone.ts'
import type { TicketRef } from '../../tickets/ticketing.ts'
import { type GitHubClient, type IssuePlace, repositoryPath } from './github-client.ts'
import type { LabelFields } from './label-fields.ts'
import { UserObject } from './schema.ts'

/** Where the issue is not, in answers about it: it is deleted, not to be seen, or in another repository. */
export const goneStatuses: readonly number[] = [301, 404, 410]

/** Requests about the issues of one repository. */
export interface TicketClient extends GitHubClient {
  /** `acme/incidents`. */
  repository: string
  labelFields: LabelFields
  /**
   * Sends below the issue.
   *
   * @throws TicketGone where it is gone.
   */
  sendToIssue(ticket: TicketRef, request: Omit<HttpRequest, 'path'> & { below?: string }): Promise<HttpAnswer>
  /** The account that the token belongs to. Asked for once; a failure is not kept. */
  ownAccount(signal: AbortSignal): Promise<{ id: string; name: string }>
}

export function ticketClient(
  client: GitHubClient,
  { repository, labelFields }: Pick<TicketClient, 'repository' | 'labelFields'>,
): TicketClient {
  let account: { id: string; name: string } | undefined
  return {
    ...client,
    repository,
    labelFields,
    async sendToIssue(ticket, { below = '', ...asked }) {
      try {
        return await client.send({ ...asked, path: ticketPath(repository, ticket) + below })
      } catch (error) {
        if (!(error instanceof ConnectorRefused && goneStatuses.includes(error.status))) throw error
        throw new TicketGone(
          `GitHub: ${repository}#${ticket.id} is gone: it was deleted or moved, or Adder's token may not see it any more, which GitHub does not tell apart. ${error.message}`,
          { cause: error },
        )
      }
    },
    async ownAccount(signal) {
      account ??= await askUser(client, signal)
      return account
    },
  }
}

/** Asks GitHub, whatever is known: tells whether the token still holds. */
export async function askUser({ send }: GitHubClient, signal: AbortSignal): Promise<{ id: string; name: string }> {
  const { json } = await send({ path: path`/user`, signal })
  const { id, login } = parseAnswer(UserObject, json, 'GitHub: user')
  return { id: String(id), name: login }
}

/** The issue's path. Its id is its number, which may come from outside. */
export function ticketPath(repository: string, { id }: Pick<TicketRef, 'id'>): string {
  if (!/^[1-9]\d{0,14}$/.test(id))
    throw new ConnectorInputInvalid(`GitHub: ${JSON.stringify(id)} is not an issue's number (digits)`)
  return repositoryPath(repository) + path`/issues/${id}`
}

/** An issue as a ticket: `acme/incidents#12`. */
export function ticketRef({ repository, number }: IssuePlace, url: string): TicketRef {
  return { id: String(number), key: `${repository}#${number}`, url }
}

/** Part of what each ticket is known by: issues are numbered for each repository. In small letters, as GitHub has both. */
export function ticketSite(host: string, repository: string): string {
  return `${host}/${repository}`.toLowerCase()
}
