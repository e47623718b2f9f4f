/** The address of a web page, or undefined for anything else (`javascript:`, a bare name). */
export function webAddress(url: string): string | undefined {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined
  return new URL(url).href
}
