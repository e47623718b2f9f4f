/**
 * The text of wiki markup, the form in which webhooks carry rich text: links show their address, and the marks of
 * tables and code blocks go. Everything else stays, since a star may be a star.
 *
 * https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
 */
export function wikiText(markup: string | null | undefined): string {
  return (markup ?? '')
    .replaceAll(/\{(?:code|noformat)(?::[^{}\n]{0,200})?\}/g, '')
    .replaceAll(/\[([^[\]|\n]{1,1000})\|(https?:[^[\]|\s]{1,2000})(?:\|[^[\]|\n]{1,50})?\]/g, (_, text, url) =>
      text === url ? url : `${text} (${url})`,
    )
    .replaceAll(/\[(https?:[^[\]|\s]{1,2000})\]/g, '$1')
    .replaceAll(/^\|+ ?| ?\|+$/gm, '')
    .trim()
}
