export { type CortexXsoarOptions, type CreatedIncident, connector, isOver } from './connector.ts'
export type { Incident } from './schema.ts'
