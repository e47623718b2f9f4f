export { type ActiveDirectory, type ActiveDirectoryOptions, connector } from './connector.ts'
export type { DirectoryUser } from './schema.ts'
