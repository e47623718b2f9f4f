export { connector, type SplunkHecOptions } from './connector.ts'
