import { createRequire } from 'node:module'
import path from 'node:path'
import { EngineStartFailed } from './engine-errors.ts'

function enginePackage(): string {
  return `@restatedev/restate-server-${process.platform}-${process.arch}`
}

/**
 * Where the engine's program is.
 *
 * @throws EngineStartFailed where npm has not installed it, or there is none for this machine.
 */
export function engineBinary(): string {
  const require = createRequire(import.meta.url)
  try {
    return path.join(path.dirname(require.resolve(`${enginePackage()}/package.json`)), 'bin', 'restate-server')
  } catch (cause) {
    throw new EngineStartFailed(
      `There is no engine for ${process.platform} on ${process.arch} (${enginePackage()} is not installed). Adder runs on Linux and macOS, x64 and arm64; npm must not leave out optional dependencies`,
      { cause },
    )
  }
}

export function engineVersion(): string {
  const require = createRequire(import.meta.url)
  return (require(`${enginePackage()}/package.json`) as { version: string }).version // every package has one
}
