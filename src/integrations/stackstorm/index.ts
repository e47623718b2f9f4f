export { connector, isOver, type StackStormOptions, type StartedExecution } from './connector.ts'
export type { Execution } from './schema.ts'
