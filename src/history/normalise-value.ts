import { canonicalValue } from '../observables/canonical-value.ts'
import { refang } from '../observables/refang.ts'

/** An index of PostgreSQL takes 2704 bytes, and the value is not alone in it. */
const maxBytes = 2048

/**
 * A value as it is compared, 2048 bytes at most: in lower case, without white space around it, whole again where it was
 * defanged so that nobody clicks on it (`hxxps://evil[.]com`, `mlisa (at) acme [dot] com`), and in its one form where it
 * is an address, a domain or a URL. Two values that people mean as one become one; what was a different value by its
 * case alone (a path in an address) becomes one, too.
 */
export function normaliseValue(value: string): string {
  const whole = canonicalValue(refang(value.normalize('NFKC').trim().toLowerCase())).toLowerCase()
  // No character takes more than three bytes for each of its units.
  if (whole.length * 3 <= maxBytes) return whole
  // The last character may have been cut in two, which becomes one to three of these.
  const cut = Buffer.from(whole).subarray(0, maxBytes).toString()
  return cut.replace(/\ufffd{1,3}$/, '')
}
