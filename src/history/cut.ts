import { maskSecrets } from '../secrets/secret.ts'

/** What is written is cut to so many characters, so that no outside system's answer fills the history. */
const maxReasonLength = 1000

/** A reason as it is kept: without a secret, and bounded. */
export function cut(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const masked = maskSecrets(text)
  return masked.length <= maxReasonLength ? masked : `${masked.slice(0, maxReasonLength - 1)}…`
}
