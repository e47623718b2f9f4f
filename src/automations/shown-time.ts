/** `2026-11-24 14:10 UTC`: people in several zones read one ticket. */
export function shownTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
