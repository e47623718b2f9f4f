import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Automation } from '../automations/automation.ts'
import type { Suppression } from '../automations/suppression.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import { ConfigError, type ConfigFault } from '../errors/config-error.ts'
import type { Config } from './define-config.ts'
import { importFile } from './import-file.ts'
import { loadFaults } from './load-faults.ts'
import type { Files } from './place-of.ts'
import type { Project } from './project.ts'
import { projectFaults } from './project-faults.ts'
import { type LoadedFile, unloadedFiles } from './unloaded-files.ts'

/** The names that a configuration may have when only its folder is given. */
const configFiles = ['adder.config.ts', 'adder.config.js', 'adder.config.mjs']

interface Loaded {
  /** What the files export, each once, with the file that does. */
  exports: Files
  faults: readonly ConfigFault[]
  warnings: readonly string[]
}

/**
 * Loads a configuration, and every automation, suppression and endpoint that the files in `automations/` and `endpoints/` beside it
 * export. What else they export is theirs; tests (`*.test.*`), type declarations and folders are left alone.
 *
 * @param location the configuration file, or the folder that holds it.
 * @throws ConfigError that names every fault at once, also those of files that can't be loaded.
 */
export async function loadProject(location: string): Promise<Project> {
  const file = findConfig(location)
  const folder = path.dirname(file)
  const { config, faults: configFaults } = await loadConfig(file)
  const beside = await loadFolders([path.join(folder, 'automations'), path.join(folder, 'endpoints')])
  const files = beside.exports
  const exports = [...files.keys()]
  const automations = exports.filter(isAutomation)
  const endpoints = exports.filter(isEndpoint)
  const suppressions = exports.filter(isSuppression)

  const ownFaults = projectFaults({ config, automations, endpoints, suppressions, files })
  const faults = [...configFaults, ...beside.faults, ...ownFaults]
  if (config === undefined || faults.length > 0) throw new ConfigError(faults)
  return { config, automations, endpoints, suppressions, warnings: beside.warnings }
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

async function loadConfig(file: string): Promise<{ config: Config | undefined; faults: readonly ConfigFault[] }> {
  const { module, faults } = await load(file)
  if (module === undefined || module.default !== undefined) return { config: module?.default, faults }
  const problem = 'has no default export; end it with `export default config`'
  return { config: undefined, faults: [{ at: path.relative('.', file), problem }] }
}

function codeIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /\.(ts|js|mjs)$/.test(name) && !/\.(test|d)\.[a-z]+$/.test(name))
    .sort()
    .map((name) => path.join(folder, name))
}

async function loadFolders(folders: readonly string[]): Promise<Loaded> {
  const files = folders.flatMap(codeIn)
  const loaded = await Promise.all(files.map(loadFile))
  const exports = new Map<unknown, string>()
  for (const { file, exports: values = [] } of loaded)
    for (const value of values) if (!exports.has(value)) exports.set(value, path.relative('.', file))
  return {
    exports,
    faults: loaded.flatMap(({ faults }) => faults),
    warnings: folders.flatMap((folder) =>
      unloadedFiles(
        folder,
        loaded.filter(({ file }) => path.dirname(file) === folder),
      ),
    ),
  }
}

async function loadFile(file: string): Promise<LoadedFile & { faults: readonly ConfigFault[] }> {
  const { module, faults } = await load(file)
  return { file, exports: module && Object.values(module), faults }
}

interface Module {
  [name: string]: unknown
  /** Only a configuration has to have one, and whether it is one is checked afterwards. */
  default?: Config
}

async function load(file: string): Promise<{ module?: Module; faults: readonly ConfigFault[] }> {
  try {
    return { module: (await importFile(file)) as Module, faults: [] } // every module is one
  } catch (error) {
    return { faults: loadFaults(error, file) }
  }
}

function isAutomation(value: unknown): value is Automation {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'automation'
}

function isSuppression(value: unknown): value is Suppression {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'suppression'
}

function isEndpoint(value: unknown): value is Endpoint {
  return typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'run' in value
}
