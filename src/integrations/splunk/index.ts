export { type AlertOptions, alert } from './alert.ts'
export { type SplunkSourceOptions, source } from './source.ts'
export type { SplunkAlert, SplunkResult } from './splunk-alert.ts'
export type { SplunkSweepOptions } from './splunk-sweep.ts'
