import { spawn } from 'node:child_process'
import path from 'node:path'
import { root } from '../support/adder-process.ts'

export interface ProgramOptions {
  cwd: string
  /** Besides what finds programs and caches. */
  env?: Record<string, string>
}

export interface Ended {
  code: number | null
  /** What it wrote to its standard output and error output. */
  output: string
}

/** Starts a program that finds this repository's Node first, and ends with the test's process at the latest. */
export function startProgram(file: string, args: readonly string[], { cwd, env = {} }: ProgramOptions) {
  const PATH = [path.join(root, 'node_modules/.bin'), process.env.PATH].join(path.delimiter)
  const child = spawn(file, args, { cwd, env: { ...surroundings(), PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      written += text
    })
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, output: written }))
  })
  const endIt = () => child.kill('SIGKILL')
  process.once('exit', endIt)
  void ended.then(() => process.off('exit', endIt))
  return { child, ended, output: () => written }
}

export function runProgram(file: string, args: readonly string[], options: ProgramOptions): Promise<Ended> {
  return startProgram(file, args, options).ended
}

/** What the program writes; rejects with that where it does not end with 0. */
export async function outputOf(file: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const { code, output } = await runProgram(file, args, options)
  if (code !== 0) throw new Error(`${path.basename(file)} ${args.join(' ')} ended with ${code}:\n${output}`)
  return output
}

/** The environment without what npm tells the scripts of this package, which would be wrong for another one. */
function surroundings(): Record<string, string> {
  const mine = /^(?:npm_(?:package|lifecycle|config_local_prefix|config_prefix|command|execpath)|NODE_)/
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || mine.test(name) ? [] : [[name, value]],
    ),
  )
}
