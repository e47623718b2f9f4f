export type { RequestTrackerSweepOptions } from './rt-sweep.ts'
export { type RequestTrackerSourceOptions, source } from './source.ts'
export { type RequestTrackerTicketingOptions, ticketing } from './ticketing.ts'
