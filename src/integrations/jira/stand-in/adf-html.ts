import { webAddress } from '../../../tickets/web-address.ts'
import type { AdfNode } from '../adf.ts'
import { type Html, html } from './html.ts'

/** The document as HTML: every text escaped, only web addresses as links. */
export function adfHtml(node: AdfNode): Html {
  const children = (node.content ?? []).map(adfHtml)
  switch (node.type) {
    case 'text':
      return marked(node)
    case 'hardBreak':
      return html`<br>`
    case 'paragraph':
      return html`<p>${children}</p>`
    case 'heading':
      return html`<h3>${children}</h3>`
    case 'codeBlock':
      return html`<pre tabindex="0"><code>${children}</code></pre>`
    case 'table':
      return html`<div class="wide"><table>${children}</table></div>`
    case 'tableRow':
      return html`<tr>${children}</tr>`
    case 'tableHeader':
      return html`<th>${children}</th>`
    case 'tableCell':
      return html`<td>${children}</td>`
    case 'bulletList':
      return html`<ul>${children}</ul>`
    case 'orderedList':
      return html`<ol>${children}</ol>`
    case 'listItem':
      return html`<li>${children}</li>`
    case 'rule':
      return html`<hr>`
    default:
      return html`${children}`
  }
}

function marked({ text = '', marks = [] }: AdfNode): Html {
  const href = webAddress(String(marks.find(({ type }) => type === 'link')?.attrs?.href ?? ''))
  if (href !== undefined) return html`<a href="${href}" rel="noreferrer noopener">${text}</a>`
  return marks.some(({ type }) => type === 'strong') ? html`<strong>${text}</strong>` : html`${text}`
}
