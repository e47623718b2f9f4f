import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './adder-process.ts'

/** A project of a test's own. */
export interface TempProject {
  folder: string
  /** Writes a file of its automations, anew where it is there. */
  write(name: string, source: string): void
}

/** One that has the talk's configuration. It lies inside the package, where `adderjs` means the package itself. */
export function tempProject(atEnd: (cleanUp: () => void) => void, automations: Record<string, string>): TempProject {
  const parent = path.join(root, 'test/.projects')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(path.join(parent, 'project-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(path.join(folder, 'automations'))
  writeFileSync(
    path.join(folder, 'adder.config.ts'),
    "export { default } from '../../../examples/talk/adder.config.ts'\n",
  )
  const write = (name: string, source: string): void => writeFileSync(path.join(folder, 'automations', name), source)
  for (const [name, source] of Object.entries(automations)) write(name, source)
  return { folder, write }
}
