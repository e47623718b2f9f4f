export { type AlertOptions, alert } from './alert.ts'
export type { AlertmanagerAlert } from './alertmanager-alert.ts'
export { type AlertmanagerSourceOptions, source } from './source.ts'
