import type { StandInAnswer, StandInHandler } from '../../../stand-ins/http-stand-in.ts'
import { wikiText } from '../wiki-text.ts'
import { adfHtml } from './adf-html.ts'
import type { RichText } from './edition.ts'
import { fieldDefinitions } from './field-definitions.ts'
import { type Html, html } from './html.ts'
import type { JiraSite, RemoteLink, StandInComment, StandInIssue } from './site.ts'
import { stylesheet } from './stylesheet.ts'

const refreshSeconds = 4

/** The pages for people: the list of tickets, a page for each, and their style. No scripts, nothing from elsewhere. */
export function pages(site: JiraSite): Record<string, StandInHandler> {
  return {
    'GET /': () => page('Tickets', ticketList(site.issues)),
    'GET /browse/:issue': ({ params }) => {
      const issue = site.findIssue(params.issue ?? '')
      if (issue === undefined) return { ...page('No such ticket', missing(params.issue ?? '')), status: 404 }
      return page(`${issue.key} ${issue.fields.summary}`, ticketPage(issue))
    },
    'GET /style.css': () => ({ text: stylesheet, headers: { 'content-type': 'text/css;charset=UTF-8' } }),
    'GET /favicon.ico': () => ({ status: 204 }),
  }
}

export function isPage(path: string): boolean {
  return !path.startsWith('/rest/')
}

function page(title: string, body: Html): StandInAnswer {
  const headers = {
    'content-security-policy': "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="${refreshSeconds}">
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><a href="/">All tickets</a><span>A stand-in for Jira on this machine; it forgets everything when it stops</span></header>
<main>${body}</main>
</body>
</html>
`
  return { html: markup, headers }
}

function ticketList(issues: readonly StandInIssue[]): Html {
  if (issues.length === 0) return html`<h1>Tickets</h1><p class="quiet">None yet.</p>`
  const rows = [...issues].reverse().map(
    (issue) => html`<li><a href="/browse/${issue.key}"><span class="key">${issue.key}</span>
<span class="summary">${String(issue.fields.summary)}</span></a>
<span class="quiet">${status(issue)} ${comments(issue.comments.length)}</span></li>`,
  )
  return html`<h1>Tickets</h1><ol class="tickets">${rows}</ol>`
}

function missing(key: string): Html {
  return html`<h1>No such ticket</h1><p>There is no ${key} here. <a href="/">All tickets</a></p>`
}

function ticketPage(issue: StandInIssue): Html {
  return html`<article>
<p class="quiet">${issue.type} <span class="key">${issue.key}</span> ${status(issue)}</p>
<h1>${String(issue.fields.summary)}</h1>
${facts(issue)}
<section aria-labelledby="description"><h2 id="description">Description</h2>${description(issue.fields.description)}</section>
${links(issue.links)}
<section aria-labelledby="comments"><h2 id="comments">${comments(issue.comments.length)}</h2>${issue.comments.map(comment)}</section>
</article>`
}

function status({ status: { name, category } }: StandInIssue): Html {
  return html`<span class="status ${category}">${name}</span>`
}

function comments(count: number): string {
  if (count === 0) return 'No comments yet'
  return count === 1 ? '1 comment' : `${count} comments`
}

function facts({ reporter, created, fields }: StandInIssue): Html {
  const own = [fact('Reporter', html`${reporter.displayName}`), fact('Created', time(created))]
  const others = fieldDefinitions
    .filter(({ id }) => !['summary', 'description', 'labels'].includes(id))
    .flatMap(({ id, name, shown, isRichText }) => {
      const value = fields[id]
      if (value === undefined || value === null) return []
      return [fact(name, isRichText && isRichTextValue(value) ? richHtml(value) : html`${shown(value)}`)]
    })
  const labels = Array.isArray(fields.labels)
    ? fields.labels.map((label) => html`<span class="label">${String(label)}</span> `)
    : []
  return html`<dl>${own}${others}${labels.length > 0 ? fact('Labels', html`${labels}`) : ''}</dl>`
}

function fact(name: string, value: Html): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`
}

function description(value: unknown): Html {
  return isRichTextValue(value) ? html`<div class="rich">${richHtml(value)}</div>` : html`<p class="quiet">None.</p>`
}

function links(all: readonly RemoteLink[]): Html {
  if (all.length === 0) return html``
  const items = all.map(({ url, title }) => html`<li><a href="${url}" rel="noreferrer noopener">${title}</a></li>`)
  return html`<section aria-labelledby="links"><h2 id="links">Links</h2><ul>${items}</ul></section>`
}

function comment({ id, author, created, updated, body }: StandInComment): Html {
  const edited = updated > created ? html` <span class="quiet">(edited)</span>` : html``
  return html`<article class="comment" id="comment-${id}">
<p class="quiet"><strong>${author.displayName}</strong> ${time(created)}${edited}</p><div class="rich">${richHtml(body)}</div></article>`
}

function time(ms: number): Html {
  const iso = new Date(ms).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`
}

/** Wiki markup is shown as the text that it is, line by line. */
function richHtml(value: RichText): Html {
  return typeof value === 'string'
    ? html`${wikiText(value)
        .split('\n')
        .map((line) => html`<p>${line}</p>`)}`
    : adfHtml(value)
}

function isRichTextValue(value: unknown): value is RichText {
  if (typeof value === 'string') return true
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'doc'
}
