export { connector, type SentEvent, type TinesOptions } from './connector.ts'
