export { connector, isOver, type OpenedContainer, type SplunkSoarOptions, type StartedPlaybook } from './connector.ts'
export type { PlaybookRun } from './schema.ts'
