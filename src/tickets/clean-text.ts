/** Control characters but line breaks and tabs, halves of a character, and what is no character. */
const hostile = /[^\P{Cc}\n\t]|[\p{Cs}\ufffe\uffff]/gu

/** Without the characters that no XML document may hold, which ticketing systems refuse. */
export function cleanText(text: string): string {
  // Almost every text is clean, and searching is cheaper than replacing.
  if (text.search(hostile) === -1) return text
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(hostile, '\ufffd')
}
