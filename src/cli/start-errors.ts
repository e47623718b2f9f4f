import { AdderError } from '../errors/adder-error.ts'

const folderProblems: Partial<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it is on a file system that can only be read',
  EEXIST: 'there is a file of this name',
  ENOTDIR: 'a part of its path is a file',
  ENOENT: 'no folder can be made there',
  ENOSPC: 'the disk is full',
}

/** The data folder can't be made or written to. Nothing was started. */
export class DataFolderUnusable extends AdderError {
  constructor(folder: string, cause: NodeJS.ErrnoException) {
    const why = folderProblems[cause.code ?? ''] ?? cause.message
    super(`The data folder ${folder} can't be used: ${why}. Choose another one with --data`, {
      code: 'start.data_folder_unusable',
      fault: 'config',
      next: 'never',
      cause,
    })
  }
}

const addressProblems: Partial<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not use this port',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'there is no such host',
}

/** The address can't be listened on. What was under way goes on after the next start. */
export class AddressUnusable extends AdderError {
  constructor({ host, port }: { host: string; port: number }, cause: NodeJS.ErrnoException) {
    const why = addressProblems[cause.code ?? ''] ?? cause.message
    super(`Adder can't listen on ${host}, port ${port}: ${why}. Choose others with --host and --port`, {
      code: 'start.address_unusable',
      fault: 'config',
      next: 'never',
      cause,
    })
  }
}
