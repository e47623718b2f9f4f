import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const code = /\.[cm]?[jt]s$/
const makes = /\b(automation|suppression|endpoint)\(/

export interface LoadedFile {
  file: string
  /** What it exports; undefined where it could not be loaded. */
  exports: readonly unknown[] | undefined
}

/** What looks as if it were meant to be part of a project, and is not; each with how to mend it. */
export function unloadedFiles(folder: string, loaded: readonly LoadedFile[]): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true })
  const otherCode = entries
    .filter((each) => each.isFile() && /\.(mts|cts|cjs)$/.test(each.name) && !isAside(each.name))
    .map(({ name }) => `${shown(folder, name)} is not loaded. Name it .ts, .js or .mjs.`)
  // What a file beside it imports is loaded by that one.
  const isImported = (name: string) => loaded.some(({ file }) => readFileSync(file, 'utf8').includes(`/${name}/`))
  const folders = entries.filter((each) => each.isDirectory() && !isImported(each.name))
  return [...unexported(loaded), ...otherCode, ...folders.flatMap(({ name }) => below(folder, name))]
}

/** A file that exports nothing may hold types only, so what is in it decides. */
function unexported(loaded: readonly LoadedFile[]): string[] {
  return loaded
    .filter(({ exports }) => exports?.length === 0)
    .flatMap(({ file }) => {
      const made = makes.exec(readFileSync(file, 'utf8'))?.[1]
      return made === undefined
        ? []
        : [`${path.relative('.', file)} exports nothing, so its ${made} does nothing. Write export before it.`]
    })
}

function below(folder: string, name: string): string[] {
  const files = readdirSync(path.join(folder, name), { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => code.test(file) && !isAside(file) && !file.includes('node_modules'))
    .filter((file) => makes.test(readFileSync(path.join(folder, name, file), 'utf8')))
    .map((file) => `${shown(folder, name, file)} is not loaded. Move it into ${shown(folder)} itself.`)
}

function isAside(name: string): boolean {
  return /\.(test|d)\.[a-z]+$/.test(name)
}

function shown(...parts: string[]): string {
  return path.relative('.', path.join(...parts))
}
