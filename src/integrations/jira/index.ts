export type { JiraSweepOptions } from './jira-sweep.ts'
export { type JiraSourceOptions, source } from './source.ts'
export { type JiraTicketingOptions, ticketing } from './ticketing.ts'
