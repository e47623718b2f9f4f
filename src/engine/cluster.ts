import type { EngineHost } from './engine-host.ts'
import { serveHandlersAt } from './handlers-server.ts'
import { ownFolder } from './own-folder.ts'
import { ProcessMemory } from './process-memory.ts'

/** A cluster of engines that any number of Adders serve. All of them have the same settings, except for `handlers.port`. */
export interface ClusterOptions {
  /** Where its nodes take calls in, such as `http://10.0.0.5:8080`: one address, of a balancer in front of all nodes. */
  ingress: string
  /** Where its nodes are administered, such as `http://10.0.0.5:9070`; a balancer, too. */
  admin: string
  /** The public half of the key that the nodes sign their calls with: `publickeyv1_…`, as their logs have it. */
  identityKey: string
  handlers: HandlersAddress
}

export interface HandlersAddress {
  /** The one address under which the nodes reach all Adders: of a TCP balancer in front of them. */
  url: string
  /** Where this Adder listens for the nodes. Default `127.0.0.1`: nobody outside this machine. */
  host?: string
  port: number
}

/**
 * A cluster that this process shares. The data folder is still this process's own, for what it keeps besides.
 *
 * @throws DataFolderInUse, DataFolderTooNew
 */
export function cluster(dataFolder: string, { ingress, admin, identityKey, handlers }: ClusterOptions): EngineHost {
  const lock = ownFolder(dataFolder)
  return {
    ingress: { url: ingress },
    admin: { url: admin },
    identityKey,
    isShared: true,
    memory: new ProcessMemory({ earlierWritesAt: 'any time' }),
    serveHandlers: (serve) => serveHandlersAt(serve, handlers),
    start: async () => undefined,
    pid: () => undefined,
    writesEnded: () => undefined,
    stop: async () => undefined,
    release: () => lock.release(),
  }
}
