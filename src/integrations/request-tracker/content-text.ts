import { htmlText } from './html-text.ts'

/** A text as RT keeps it, without markup and without white space around it; empty where there is none. */
export function contentText(content: string | null | undefined, contentType: string | undefined): string {
  const text = content ?? ''
  return contentType === 'text/html' ? htmlText(text) : text.replaceAll(/\r\n?/g, '\n').trim()
}
