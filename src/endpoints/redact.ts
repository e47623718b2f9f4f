import { type RedactionRule, redact as redactValue } from '../secrets/redact.ts'
import type { AfterPlugin } from './plugin.ts'

/**
 * An after-plugin that masks what the rules name in every value of the result, however deep; keys stay. The rules are
 * those of `redact` in src/secrets: `payment-card`, `us-ssn`, or `{ name, pattern }`.
 */
export function redact(...rules: readonly RedactionRule[]): AfterPlugin {
  return { name: 'redact', after: (body) => redactValue(body, rules) }
}
