export { connector, type SplunkHecOptions } from './connector.ts'
export { type EventOptions, event } from './event.ts'
export type { HecEvent } from './hec-event.ts'
export { type SplunkHecSourceOptions, source } from './source.ts'
