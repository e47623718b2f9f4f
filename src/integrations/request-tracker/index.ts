export { type RequestTrackerTicketingOptions, ticketing } from './ticketing.ts'
