import { checkFormat } from './check-format.ts'
import { acquireLock, type Lock } from './lock.ts'

/**
 * Makes this process the only owner of a data folder that it can go on with.
 *
 * @throws DataFolderInUse, DataFolderTooNew
 */
export function ownFolder(dataFolder: string): Lock {
  const lock = acquireLock(dataFolder)
  try {
    // Not before: the owner's format must stay what it is.
    checkFormat(dataFolder)
    return lock
  } catch (error) {
    lock.release()
    throw error
  }
}
