/** What people see of Markdown as far as Adder writes it: `body_text` in GitHub's answers. */
export function shownText(markdown: string): string {
  return markdown
    .replaceAll(/<!-- [\w-]+ -->/g, '')
    .replaceAll(/^\|(?: --- \|)+$/gm, '')
    .replaceAll(/^```+.*$/gm, '')
    .replaceAll(/^#{1,6} /gm, '')
    .replaceAll(/(?<!\\)\[((?:\\.|[^[\]\\])*)\]\(<[^<>]*>\)/g, '$1')
    .replaceAll(/(?<!\\)\*\*/g, '')
    .replaceAll(/(?<!\\)\|/g, '')
    .replaceAll(/<\/?span>/g, '')
    .replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
    .split('\n')
    .map((line) => line.replaceAll(/[ \t]+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n')
}
