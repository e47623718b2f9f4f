import path from 'node:path'
import { leaveEarlierWrites, takeEarlierWrites } from './earlier-writes.ts'
import type { EngineHost } from './engine-host.ts'
import { EngineProcess, type EngineProcessEvent } from './engine-process.ts'
import { serveHandlers } from './handlers-server.ts'
import { identityKey } from './identity-key.ts'
import { ownFolder } from './own-folder.ts'
import { ProcessMemory } from './process-memory.ts'

export interface OwnEngineOptions {
  dataFolder: string
  /** Called whenever the engine had ended by itself and is ready again. */
  onRestart(): void
  log(event: EngineProcessEvent): void
}

/**
 * An engine in a child process, on a data folder that nobody else has.
 *
 * @throws DataFolderInUse, DataFolderTooNew, DataFolderPathTooLong
 */
export function ownEngine({ dataFolder, onRestart, log }: OwnEngineOptions): EngineHost {
  const identityKeyFile = path.join(dataFolder, 'engine.key')
  const engineProcess = new EngineProcess({ dataFolder, identityKeyFile, onRestart, log })
  const lock = ownFolder(dataFolder)
  const earlierWritesAt = takeEarlierWrites(dataFolder)
  return {
    ingress: { socketPath: engineProcess.ingressSocket },
    admin: { socketPath: engineProcess.adminSocket },
    identityKey: identityKey(identityKeyFile),
    isShared: false,
    memory: new ProcessMemory({ earlierWritesAt }),
    serveHandlers: (serve) => serveHandlers(serve, path.join(dataFolder, 'port')),
    start: () => engineProcess.start(),
    pid: () => engineProcess.pid,
    writesEnded: () => leaveEarlierWrites(dataFolder, earlierWritesAt),
    stop: () => engineProcess.stop(),
    release: () => lock.release(),
  }
}
