import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../../../src/cli/demo/free-port.ts'
import { engineBinary } from '../../../src/engine/engine-binary.ts'
import { identityKey } from '../../../src/engine/identity-key.ts'

/** One node of a cluster of engines on this machine. */
export interface EngineNode {
  name: string
  ingressPort: number
  adminPort: number
  pid(): number | undefined
  start(): void
  /** Ends it, with -9 where that is asked for; what it has accepted is on disk. */
  end(signal?: NodeJS.Signals): Promise<void>
}

export interface EngineNodes {
  nodes: readonly EngineNode[]
  /** The public half of the key that all of them sign their calls with. */
  identityKey: string
  close(): Promise<void>
}

const readyWithinMs = 60_000

/** Starts a cluster in which each thing that is accepted is on two nodes, or on its only one. Resolves when all answer. */
export async function startEngineNodes(folder: string, count: number): Promise<EngineNodes> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const identityKeyFile = path.join(folder, 'engine.key')
  const publicKey = identityKey(identityKeyFile)
  const fabricPorts = await freePorts(count)
  const fabric = fabricPorts.map((port) => `http://127.0.0.1:${port}`)
  const nodes = await Promise.all(
    fabricPorts.map(async (fabricPort, index) => {
      const name = `node-${index + 1}`
      const [ingressPort = 0, adminPort = 0] = await freePorts(2)
      const environment = {
        RESTATE_NODE_NAME: name,
        RESTATE_CLUSTER_NAME: 'adder',
        RESTATE_BASE_DIR: path.join(folder, name),
        // Exactly one node makes the cluster; the others join it.
        RESTATE_AUTO_PROVISION: String(index === 0),
        RESTATE_DEFAULT_REPLICATION: String(Math.min(count, 2)),
        RESTATE_DEFAULT_NUM_PARTITIONS: '4',
        RESTATE_LISTEN_MODE: 'tcp',
        RESTATE_BIND_ADDRESS: `127.0.0.1:${fabricPort}`,
        RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${fabricPort}`,
        RESTATE_METADATA_CLIENT__ADDRESSES: JSON.stringify(fabric),
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingressPort}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${adminPort}`,
        RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
        RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: identityKeyFile,
        RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: '256MB',
        RESTATE_WORKER__INVOKER__MEMORY_LIMIT: '256MB',
        RESTATE_SHUTDOWN_TIMEOUT: '5s',
        RESTATE_DISABLE_TELEMETRY: 'true',
        RESTATE_LOG_FILTER: 'error,restate=warn,octocrab=off',
        RESTATE_LOG_DISABLE_ANSI_CODES: 'true',
      }
      return engineNode({ name, ingressPort, adminPort, environment, logFile: path.join(folder, `${name}.log`) })
    }),
  )
  const close = async () => {
    await Promise.all(nodes.map((node) => node.end()))
  }
  const endNow = () => {
    for (const node of nodes) void node.end('SIGKILL')
  }
  process.once('exit', endNow)
  for (const node of nodes) node.start()
  try {
    await Promise.all(nodes.map(answers))
  } catch (error) {
    await close()
    throw error
  }
  return { nodes, identityKey: publicKey, close }
}

interface NodeOptions extends Pick<EngineNode, 'name' | 'ingressPort' | 'adminPort'> {
  environment: Record<string, string>
  logFile: string
}

function engineNode({ environment, logFile, ...about }: NodeOptions): EngineNode {
  let child: ChildProcess | undefined
  return {
    ...about,
    pid: () => child?.pid,
    start: () => {
      const log = openSync(logFile, 'a', 0o600)
      // A group of its own: Ctrl-C in a terminal ends who started it, who ends it in turn.
      child = spawn(engineBinary(), ['--no-logo'], {
        detached: true,
        stdio: ['ignore', log, log],
        env: { PATH: process.env.PATH ?? '', ...environment },
      })
      closeSync(log)
    },
    end: async (signal = 'SIGTERM') => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child?.once('exit', resolve))
      child.kill(signal)
      await ended
    },
  }
}

async function answers({ name, ingressPort }: EngineNode): Promise<void> {
  const deadline = Date.now() + readyWithinMs
  while (Date.now() < deadline) {
    const answer = await fetch(`http://127.0.0.1:${ingressPort}/restate/health`).catch(() => undefined)
    if (answer?.ok) return
    await setTimeout(100)
  }
  throw new Error(`${name} does not answer`)
}

/** All of them at once, so that none is given out twice. */
async function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, freePort))
}
