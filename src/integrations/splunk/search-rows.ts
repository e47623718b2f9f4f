import type { Messages, Row } from './schema.ts'
import { flattened, type SplunkResult } from './splunk-alert.ts'

/** A search that is run, as a job or as an export. */
export interface AskedSearch {
  /** In SPL, beginning with a command. */
  search: string
  earliest: string
  latest: string
  maxRows: number
}

export function rowOf(row: Row): SplunkResult {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) => (value === null ? [] : [[name, flattened(value)]])),
  )
}

export function warningsIn(messages: Messages): string[] {
  return messages.filter(({ type }) => /^warn/i.test(type)).map(({ text }) => text ?? '')
}
