/** The address of a web page, or undefined for anything else (`javascript:`, a bare name). */
export function webAddress(url: string): string | undefined {
  return /^https?:\/\//i.test(url) ? URL.parse(url)?.href : undefined
}
