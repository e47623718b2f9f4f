import type { HandlersServer } from './handlers-server.ts'
import type { ProcessMemory } from './process-memory.ts'
import type { Serve } from './signed-calls.ts'

export type EngineAddress = { socketPath: string } | { url: string }

/** The engine that this process works with: one of its own, or a cluster that it shares with others. */
export interface EngineHost {
  ingress: EngineAddress
  admin: EngineAddress
  /** The public half of the key that the engine signs its calls with, as the SDK takes it. */
  identityKey: string
  /** Whether other processes serve the same engine. */
  isShared: boolean
  /** What this process knows of its effects, and of those that are not its own. */
  memory: ProcessMemory
  serveHandlers(serve: Serve): Promise<HandlersServer>
  /** Resolves when the engine answers. */
  start(): Promise<void>
  pid(): number | undefined
  /** Called when none of this process's writes is under way any more. */
  writesEnded(): void
  stop(): Promise<void>
  /** Leaves the data folder to others, when nothing here writes to it any more. */
  release(): void
}
