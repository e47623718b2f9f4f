export { type JiraSourceOptions, type JiraSweepOptions, source } from './source.ts'
export { type JiraTicketingOptions, ticketing } from './ticketing.ts'
