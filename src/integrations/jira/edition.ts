import type { Document } from '../../tickets/document.ts'
import { adf } from './adf.ts'
import { adfText } from './adf-text.ts'
import { wikiMarkup } from './wiki-markup.ts'
import { wikiText } from './wiki-text.ts'

/** What differs between Jira Cloud and Jira Data Center. */
export interface Edition {
  /** Where the REST API begins: Data Center has no version 3. */
  api: '/rest/api/2' | '/rest/api/3'
  /** The search, below the API. */
  search: '/search' | '/search/jql'
  /** Whether a page of comments can come with their properties; else they are asked for by the comments' ids. */
  expandsComments: boolean
  /** How the site's address is to be written in the configuration. */
  siteHint: string
  /** The document as a value of rich text. */
  richText(document: Document): unknown
  /** What a value of rich text says, one line per block. */
  text(richText: unknown): string
  /** Whether both are rich text that says the same: Jira rewrites what it stores. */
  saysSame(present: unknown, wanted: unknown): boolean
  /** The value of a field that holds a user. */
  user(id: string): Record<string, string>
}

export const cloud: Edition = {
  api: '/rest/api/3',
  search: '/search/jql',
  expandsComments: false,
  siteHint: 'https://<name>.atlassian.net',
  richText: adf,
  text: adfText,
  saysSame: (present, wanted) => isAdf(present) && isAdf(wanted) && adfText(present) === adfText(wanted),
  user: (accountId) => ({ accountId }),
}

/**
 * https://developer.atlassian.com/server/jira/platform/rest/v11003/ and, for the properties of comments,
 * https://github.com/pycontribs/jira/issues/1011 (both as of November 2026)
 */
export const dataCenter: Edition = {
  api: '/rest/api/2',
  search: '/search',
  expandsComments: true,
  siteHint: 'https://jira.acme.example',
  richText: wikiMarkup,
  text: (markup) => (typeof markup === 'string' ? wikiText(unixLines(markup)).replaceAll(/\n{2,}/g, '\n') : ''),
  saysSame: (present, wanted) =>
    typeof present === 'string' && typeof wanted === 'string' && unixLines(present) === unixLines(wanted),
  user: (name) => ({ name }),
}

function isAdf(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'doc'
}

function unixLines(text: string): string {
  return text.replaceAll('\r\n', '\n').trim()
}
