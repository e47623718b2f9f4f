export { connector, type VirusTotal, type VirusTotalOptions } from './connector.ts'
export type { FileReport } from './schema.ts'
