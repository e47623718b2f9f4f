import path from 'node:path'
import { freePort } from '../../../src/cli/demo/free-port.ts'
import { startBalancer } from './balancer.ts'
import { type EngineNode, startEngineNodes } from './engine-nodes.ts'

/** Engines on this machine, with balancers before and behind them, for so many Adders. */
export interface LocalCluster {
  nodes: readonly EngineNode[]
  /** One address each: of all nodes' ingress and administration, and of all Adders' handlers. */
  ingress: string
  admin: string
  handlers: string
  /** The environment of each Adder. */
  environments: readonly Record<string, string>[]
  close(): Promise<void>
}

export async function startLocalCluster(
  folder: string,
  { engines, adders }: { engines: number; adders: number },
): Promise<LocalCluster> {
  const handlersPorts = await Promise.all(Array.from({ length: adders }, freePort))
  const { nodes, identityKey, close } = await startEngineNodes(path.resolve(folder), engines)
  const ingress = await startBalancer(nodes.map(({ ingressPort }) => ingressPort))
  const admin = await startBalancer(nodes.map(({ adminPort }) => adminPort))
  const handlers = await startBalancer(handlersPorts)
  return {
    nodes,
    ingress: ingress.url,
    admin: admin.url,
    handlers: handlers.url,
    environments: handlersPorts.map((port) => ({
      ENGINE_INGRESS: ingress.url,
      ENGINE_ADMIN: admin.url,
      ENGINE_IDENTITY_KEY: identityKey,
      HANDLERS_URL: handlers.url,
      HANDLERS_PORT: String(port),
    })),
    close: async () => {
      await close()
      for (const balancer of [ingress, admin, handlers]) balancer.close()
    },
  }
}
