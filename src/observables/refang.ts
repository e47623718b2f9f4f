const dots = /\s?(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\\\.)\s?/gi
const ats = /\s?(?:\[@\]|\(@\)|\[at\]|\(at\)|\{at\})\s?/gi
const schemes = /(?<![\p{L}\p{N}])h(?:xx|\*\*)p(s?)(?=\[?:)/giu
const bracketed = /\[(:\/\/|:|\/)\]/g
/** Stands in whatever is defanged, and in few other texts. */
const sign = /[[({][.:/@da]|\\\.|(?:xx|\*\*)p/i

/**
 * A text in which what was defanged, so that nobody clicks on it, is whole again: `hxxps://evil[.]com`,
 * `mlisa (at) acme [dot] com`, `http[:]//evil.com`, `192\.0\.2\.1`.
 */
export function refang(text: string): string {
  if (!sign.test(text)) return text
  return text.replaceAll(schemes, 'http$1').replaceAll(bracketed, '$1').replaceAll(dots, '.').replaceAll(ats, '@')
}
