import type { Made } from './observation.ts'

const maxNameLength = 200
const maxUrlLength = 2000

/**
 * What an effect's result says of what it made, where it names it: its id, key and page. A look for an effect wraps
 * the result in its answer.
 */
export function madeBy(result: unknown): { made?: Made } {
  const value = isRecord(result) && result.kind === 'found' ? result.value : result
  if (!isRecord(value)) return {}
  const made: Made = {
    ...named('id', value.id, maxNameLength),
    ...named('key', value.key, maxNameLength),
    ...named('url', value.url, maxUrlLength),
  }
  return Object.keys(made).length === 0 ? {} : { made }
}

function named(name: keyof Made, value: unknown, maxLength: number): Made {
  return typeof value === 'string' && value.length <= maxLength ? { [name]: value } : {}
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
