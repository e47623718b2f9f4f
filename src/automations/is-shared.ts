import type { FreshMs } from '../connectors/fresh-for.ts'
import type { Quota } from '../connectors/quota.ts'

/** Whether a look-up has anything to do with those of others. Where not, it is a step of its run alone, which is cheaper. */
export function isShared(quota: Quota = [], { found, notFound }: FreshMs): boolean {
  return quota.length > 0 || found > 0 || notFound > 0
}
