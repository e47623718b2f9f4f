const dots = /\s?(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\\\.)\s?/g
const ats = /\s?(?:\[@\]|\(@\)|\[at\]|\(at\)|\{at\})\s?/g
const schemes = /^(?:hxxp|h\*\*p)(s?)(?=\[?:)/

/**
 * A value as it is compared: in lower case, without white space around it, and whole again where it was defanged so
 * that nobody clicks on it: `hxxps://evil[.]example`, `mlisa (at) acme [dot] example`. Two values that people mean as
 * one become one; what was a different value by its case alone (a path in an address) becomes one, too.
 */
export function normaliseValue(value: string): string {
  return value
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(schemes, 'http$1')
    .replace(/\[:\/\/\]|\[:\]\/\//, '://')
    .replaceAll('[:]', ':')
    .replaceAll('[/]', '/')
    .replaceAll(dots, '.')
    .replaceAll(ats, '@')
}
