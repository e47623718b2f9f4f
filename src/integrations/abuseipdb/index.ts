export { type AbuseIpDbOptions, connector } from './connector.ts'
export type { AddressReport } from './schema.ts'
