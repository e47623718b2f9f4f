const dots = /\s?(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\\\.)\s?/g
const ats = /\s?(?:\[@\]|\(@\)|\[at\]|\(at\)|\{at\})\s?/g
const schemes = /^(?:hxxp|h\*\*p)(s?)(?=\[?:)/

/** An index of PostgreSQL takes 2704 bytes, and the value is not alone in it. */
const maxBytes = 2048

/**
 * A value as it is compared, 2048 bytes at most: in lower case, without white space around it, and whole again where it was defanged so
 * that nobody clicks on it: `hxxps://evil[.]example`, `mlisa (at) acme [dot] example`. Two values that people mean as
 * one become one; what was a different value by its case alone (a path in an address) becomes one, too.
 */
export function normaliseValue(value: string): string {
  const whole = value
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(schemes, 'http$1')
    .replace(/\[:\/\/\]|\[:\]\/\//, '://')
    .replaceAll('[:]', ':')
    .replaceAll('[/]', '/')
    .replaceAll(dots, '.')
    .replaceAll(ats, '@')
  // No character takes more than three bytes for each of its units.
  if (whole.length * 3 <= maxBytes) return whole
  return Buffer.from(whole)
    .subarray(0, maxBytes)
    .toString()
    .replace(/\ufffd+$/, '')
}
