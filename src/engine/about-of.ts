import type { About } from '../connectors/effect.ts'

const maxKeyLength = 200
const maxUrlLength = 2000

/**
 * What an effect is about, as it is recorded. Nothing where that can't be told: an input may come from outside and be of
 * another shape than its type says, which making the effect refuses in its own words.
 */
export function aboutOf(tell: () => About | undefined): { about?: About } {
  try {
    const { key, url } = tell() ?? {}
    const isShort = typeof key === 'string' && key.length <= maxKeyLength
    return isShort && typeof url === 'string' && url.length <= maxUrlLength ? { about: { key, url } } : {}
  } catch {
    return {}
  }
}
