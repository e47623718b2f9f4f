export { type DataCenterSourceOptions, type DataCenterSweepOptions, dataCenterSource } from './data-center-source.ts'
export { type DataCenterTicketingOptions, dataCenterTicketing } from './data-center-ticketing.ts'
export { type JiraSourceOptions, type JiraSweepOptions, source } from './source.ts'
export { type JiraTicketingOptions, ticketing } from './ticketing.ts'
