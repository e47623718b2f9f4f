import { paragraph } from '../../../tickets/document.ts'
import { type AdfDocument, adf } from '../adf.ts'
import { wikiMarkup } from '../wiki-markup.ts'
import { documentFault } from './adf-schema.ts'
import type { Account, Change } from './site.ts'

/** A document in Jira Cloud, wiki markup in Jira Data Center. */
export type RichText = AdfDocument | string

/** What differs between the editions of Jira, seen from their own side. */
export interface StandInEdition {
  api: '/rest/api/2' | '/rest/api/3'
  /** The header that this account comes with. */
  authorization(account: Account, token: string): string
  /** What Jira says of a value that is no rich text; undefined where it is. */
  richTextFault(value: unknown): string | undefined
  /** What a person types into the editor. */
  typed(text: string): RichText
  user(account: Account): Record<string, unknown>
  /** Which user, in an address. */
  userQuery(account: Account): string
  change(item: Change): Record<string, unknown>
  /** Whether webhooks hold people's e-mail addresses. */
  showsAddresses: boolean
  /** Whether the webhook for a comment holds its issue; else an update of the issue is told along with it. */
  namesCommentedIssue: boolean
  /** Whether each webhook has an identifier of its own and is sent again where it was not taken. */
  repeatsWebhooks: boolean
}

export const cloud: StandInEdition = {
  api: '/rest/api/3',
  authorization: ({ emailAddress }, token) => `Basic ${Buffer.from(`${emailAddress}:${token}`).toString('base64')}`,
  richTextFault: documentFault,
  typed: (text) => adf([paragraph(text)]),
  user: ({ accountId, displayName, emailAddress }) => ({
    ...{ accountId, accountType: 'atlassian', displayName, emailAddress, active: true, timeZone: 'Etc/UTC' },
  }),
  userQuery: ({ accountId }) => `accountId=${accountId}`,
  change: (item) => ({ ...item }),
  showsAddresses: false,
  namesCommentedIssue: true,
  repeatsWebhooks: true,
}

/**
 * https://developer.atlassian.com/server/jira/platform/rest/v11003/ and
 * https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html
 */
export const dataCenter: StandInEdition = {
  api: '/rest/api/2',
  authorization: (_, token) => `Bearer ${token}`,
  richTextFault: (value) => {
    if (typeof value !== 'string') return 'Operation value must be a string'
    return value.length > 32_767
      ? 'The entered text is too long. It exceeds the allowed limit of 32,767 characters.'
      : undefined
  },
  typed: (text) => wikiMarkup([paragraph(text)]),
  user: ({ name, key, displayName, emailAddress }) => ({
    ...{ name, key, emailAddress, displayName, active: true, timeZone: 'Etc/UTC' },
  }),
  userQuery: ({ name }) => `username=${name}`,
  // A changed field is named here as people see it.
  change: ({ fieldId: _, ...item }) => item,
  showsAddresses: true,
  namesCommentedIssue: false,
  repeatsWebhooks: false,
}
