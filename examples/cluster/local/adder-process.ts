import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** One `adder start` of this example. */
export interface AdderProcess {
  url: string
  pid: number | undefined
  /** Asks it to end, and waits until it has. */
  end(): Promise<void>
}

export interface AdderOptions {
  port: number
  dataFolder: string
  env: Record<string, string>
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Starts an Adder, and waits until it is ready; its errors go to this terminal. Throws where it ends instead. */
export async function startAdder({ port, dataFolder, env }: AdderOptions): Promise<AdderProcess> {
  const program = ['--conditions=adder-source', path.join(root, 'src/cli/main.ts'), 'start']
  const places = ['--config', path.join(root, 'examples/cluster'), '--data', dataFolder, '--port', String(port)]
  // A group of its own: Ctrl-C in a terminal ends who started it, who ends it in turn.
  const child = spawn(process.execPath, [...program, ...places, '--log-level', 'error'], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const isRunning = () => child.exitCode === null && child.signalCode === null
  process.once('exit', () => child.kill('SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  while (!(await fetch(`${url}/ready`).catch(() => undefined))?.ok) {
    if (!isRunning()) throw new Error('An Adder did not start; its own words are above')
    await setTimeout(100)
  }
  return {
    url,
    pid: child.pid,
    end: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
