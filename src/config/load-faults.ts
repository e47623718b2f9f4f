import path from 'node:path'
import { ConfigError, type ConfigFault } from '../errors/config-error.ts'
import { importRemedy } from './import-remedy.ts'

/** Why a file of a project can't be loaded, with the line where it says so. */
export function loadFaults(error: unknown, file: string): ConfigFault[] {
  const at = path.relative('.', file)
  // An integration says by itself what is wrong with its options.
  if (error instanceof ConfigError)
    return error.faults.map((fault) => ({ at: `${at}, ${fault.at}`, problem: fault.problem }))
  const [said = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  const line = error instanceof Error ? lineIn(error, file) : undefined
  const remedy = importRemedy(error)
  return [
    {
      at: line === undefined ? at : `${at}:${line}`,
      problem: `can't be loaded: ${said}${remedy === undefined ? '' : `; ${remedy}`}`,
    },
  ]
}

/** The innermost line of the file in the error's trace. */
function lineIn({ stack = '' }: Error, file: string): string | undefined {
  const [, after] = stack.split(`${file}:`)
  return /^\d+/.exec(after ?? '')?.[0]
}
