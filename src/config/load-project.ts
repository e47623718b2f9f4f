import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Automation } from '../automations/automation.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import { ConfigError, type ConfigFault } from '../errors/config-error.ts'
import type { Config } from './define-config.ts'
import type { Project } from './project.ts'
import { projectFaults } from './project-faults.ts'

/** The names that a configuration may have when only its folder is given. */
const configFiles = ['adder.config.ts', 'adder.config.js', 'adder.config.mjs']

/**
 * Loads a configuration, and every export of the files in `automations/` and `endpoints/` beside it.
 *
 * @param location the configuration file, or the folder that holds it.
 * @throws ConfigError that names every fault at once, also those of files that can't be loaded.
 */
export async function loadProject(location: string): Promise<Project> {
  const file = findConfig(location)
  const folder = path.dirname(file)
  const faults: ConfigFault[] = []
  const config = asConfig((await load(file, faults))?.default, { file, faults })
  const exports = [
    ...(await loadFolder(path.join(folder, 'automations'), faults)),
    ...(await loadFolder(path.join(folder, 'endpoints'), faults)),
  ]
  const project = { config, automations: exports.filter(isAutomation), endpoints: exports.filter(isEndpoint) }
  faults.push(...projectFaults(project))
  if (faults.length > 0) throw new ConfigError(faults)
  return project
}

function findConfig(location: string): string {
  const absolute = path.resolve(location)
  if (!existsSync(absolute)) throw new ConfigError([{ at: location, problem: 'there is no such file or folder' }])
  if (!statSync(absolute).isDirectory()) return absolute
  const found = configFiles.map((name) => path.join(absolute, name)).find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new ConfigError([
    { at: location, problem: `there is no ${configFiles[0]} in this folder; name the configuration with --config` },
  ])
}

async function loadFolder(folder: string, faults: ConfigFault[]): Promise<unknown[]> {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder)
    .filter((name) => /\.(ts|js|mjs)$/.test(name) && !/\.(test|d)\.[a-z]+$/.test(name))
    .sort()
  const modules = await Promise.all(files.map((name) => load(path.join(folder, name), faults)))
  return modules.flatMap((module) => Object.values(module ?? {}))
}

async function load(file: string, faults: ConfigFault[]): Promise<Record<string, unknown> | undefined> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown> // every module is one
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    faults.push({ at: path.relative('.', file), problem: `can't be loaded: ${problem}` })
    return undefined
  }
}

function asConfig(exported: unknown, { file, faults }: { file: string; faults: ConfigFault[] }): Config {
  if (typeof exported === 'object' && exported !== null) return exported
  if (faults.length === 0) {
    faults.push({ at: path.relative('.', file), problem: 'has no default export; end it with `export default config`' })
  }
  return {}
}

function isAutomation(value: unknown): value is Automation {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'automation'
}

function isEndpoint(value: unknown): value is Endpoint {
  return typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'run' in value
}
