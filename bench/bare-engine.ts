import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { Pool } from 'undici'
import { type Child, startChild } from './child.ts'
import type { Door } from './load.ts'

export type BareQuestion = { ask: 'sockets' } | { ask: 'finished' }

export interface BareAnswer {
  finished?: number
  ingressSocket?: string
  adminSocket?: string
  enginePid?: number
}

/** What the bare engine's steps do: nothing, or the same requests to the stand-ins as Adder's. */
export type BareSteps = 'instant' | 'real'

/** The engine alone, with the same recorded steps as Adder's automations. */
export interface BareEngine {
  door: Door
  pid: number
  enginePid: number
  adminSocket: string
  finished(): Promise<number>
  close(): Promise<void>
}

export async function startBareEngine(options: {
  folder: string
  steps: BareSteps
  env: Record<string, string>
}): Promise<BareEngine> {
  const { folder, steps, env } = options
  const dataFolder = path.join(folder, `bare-${steps}`)
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const child: Child<BareQuestion, BareAnswer> = startChild('bare-engine-process.ts', {
    args: [dataFolder, steps],
    env: { ...process.env, ...env },
  })
  const { ingressSocket = '', adminSocket = '', enginePid = 0 } = await child.ask({ ask: 'sockets' })
  const pool = new Pool('http://localhost', { socketPath: ingressSocket, connections: 512, pipelining: 1 })
  return {
    door: {
      pool,
      path: '/bare.alerts/accept/send',
      headers: (sid) => ({ 'content-type': 'application/json', 'idempotency-key': sid }),
    },
    pid: child.pid,
    enginePid,
    adminSocket,
    finished: async () => (await child.ask({ ask: 'finished' })).finished ?? 0,
    async close() {
      await pool.destroy()
      await child.close()
    },
  }
}
