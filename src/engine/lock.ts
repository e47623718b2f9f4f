import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { DataFolderInUse } from './engine-errors.ts'

/** How long another start may be between finding a socket dead and replacing it, in milliseconds. */
const settleMs = 100

/** Held while this process owns the data folder. */
export interface Lock {
  release(): Promise<void>
}

/**
 * Makes this process the only owner of a data folder, by listening on `adder.sock` inside it: the kernel drops the
 * claim when the process dies, however it dies. A socket that nobody listens on is a dead owner's and is replaced.
 * Two engines on one folder would destroy each other's sockets, so nothing else is started before this.
 *
 * @throws DataFolderInUse when another live process owns it; that process is not disturbed.
 */
export async function acquireLock(dataFolder: string): Promise<Lock> {
  const socket = path.join(dataFolder, 'adder.sock')
  const self = `process ${process.pid} (${randomUUID().slice(0, 8)})`
  let hasReplaced = false
  for (;;) {
    const server = await listen(socket, self)
    if (server !== undefined) {
      const lock = { release: () => new Promise<void>((resolve) => server.close(() => resolve())) }
      if (!hasReplaced) return lock
      // Two that replace one dead owner's socket at the same moment both listen; the name leads to one of them.
      await setTimeout(settleMs)
      if ((await askOwner(socket)) === self) return lock
      server.close()
    }
    const owner = await askOwner(socket)
    if (owner !== undefined) throw new DataFolderInUse(dataFolder, owner)
    await rm(socket, { force: true })
    hasReplaced = true
  }
}

function listen(socket: string, self: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.end(self))
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(socket, () => {
      server.unref()
      resolve(server)
    })
  })
}

/** What the owner says of itself; undefined where nobody listens. */
function askOwner(socket: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let said = ''
    const connection = createConnection(socket)
    // An owner that is too busy to speak is still an owner.
    connection.setTimeout(2000, () => connection.destroy())
    connection.on('data', (chunk) => {
      said += chunk
    })
    connection.on('connect', () =>
      connection.on('close', () => resolve(said === '' ? 'a process that does not answer' : said)),
    )
    connection.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(undefined)
      else if (error.code !== 'ECONNRESET') reject(error)
    })
  })
}
