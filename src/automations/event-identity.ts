import { hash } from 'node:crypto'

/**
 * The identity of an event: a hash of its kind and of what makes the fact that fact (`['acme.atlassian.net', '10001']`).
 * The same parts give the same identity in every process and version.
 */
export function eventIdentity(kind: string, parts: readonly string[]): string {
  return hash('sha256', JSON.stringify([kind, ...parts]), 'hex')
}
