import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const manifest = fileURLToPath(new URL('../../package.json', import.meta.url))

/** How to mend an import that failed, where that is known; to be said after what the error itself says. */
export function importRemedy(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, url } = error as NodeJS.ErrnoException & { url?: string } // as errors of Node's loader have them
  if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' && error.message.includes(manifest)) return integrations()
  if ((code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT') && url?.startsWith('file:'))
    return ending(fileURLToPath(url), error.message)
  // Node takes types away without looking at other files, so it can't tell that a name is one.
  if (error instanceof SyntaxError && error.message.includes('does not provide an export named'))
    return 'for a type, write `import type`'
  return undefined
}

/** The file that was meant, where it is there under another ending: Node takes imports by their letter. */
function ending(missing: string, message: string): string | undefined {
  const meant = [`${missing}.ts`, missing.replace(/\.m?js$/, '.ts'), `${missing}.js`, path.join(missing, 'index.ts')]
  const there = meant.find((file) => file !== missing && existsSync(file))
  if (there === undefined) return undefined
  const importer = message.split(' imported from ')[1]
  const from = importer === undefined ? path.basename(there) : path.relative(path.dirname(importer), there)
  return `write the ending: ${from.startsWith('.') ? from : `./${from}`}`
}

function integrations(): string {
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports: Record<string, unknown> } // our own
  const names = Object.keys(exports).filter((name) => name !== '.' && !name.endsWith('.json'))
  const list = names.map((name) => name.replace('./', 'adderjs/')).sort()
  return `there are ${list.join(', ')}; docs/integrations.md tells of each, docs/http-connectors.md how to ask another system`
}
