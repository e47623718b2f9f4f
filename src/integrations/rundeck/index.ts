export { connector, isOver, type RundeckOptions, type StartedExecution } from './connector.ts'
export type { Execution } from './schema.ts'
