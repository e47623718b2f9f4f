export { type AwxOptions, connector, isOver, type LaunchedJob } from './connector.ts'
export type { AwxJob } from './schema.ts'
