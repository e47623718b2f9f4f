import type { Secret } from '../secrets/secret.ts'
import type { CallOptions } from './effect.ts'

/** What Adder tells of a run that has ended, or of a delivery, as it is sent elsewhere. */
export interface OutgoingRecord {
  kind: 'run' | 'delivery'
  /** The run's or the delivery's: the same whenever it is sent again. */
  id: string
  /** When the run ended or the delivery came, in milliseconds since 1970. */
  at: number
  /** At most 9,000 bytes as JSON, and no payload. */
  body: Readonly<Record<string, unknown>>
}

/** A record that the outside system will never take. */
export interface RefusedRecord {
  record: OutgoingRecord
  /** Its words. */
  reason: string
}

/** Where the records of all runs and deliveries go, once it is connected. */
export interface RecordsPort {
  /**
   * Sends records, at most 100; resolves when all are taken, but for those that are refused for what they are.
   *
   * @throws ConnectorUnavailable, ConnectorRateLimited, ConnectorRefused, ConnectorAnswerInvalid where they have to be
   *   sent again later, all of them: some may have been taken.
   */
  send(records: readonly OutgoingRecord[], call: CallOptions): Promise<readonly RefusedRecord[]>
  /** Asks whether it lets Adder in; throws as `send` does. Sends no record. */
  probe(call: CallOptions): Promise<void>
  /** Ends its connections. */
  close(): Promise<void>
}

/** What a configuration says of where records go. */
export interface RecordsDefinition {
  type: 'records'
  /** The integration: `splunk-hec`. */
  integration: string
  /** The outside system's name as people write it: `Splunk HEC`. */
  title: string
  /** The vendor's documentation that it was built from. */
  docs: string
  secrets: readonly Secret[]
  /** @throws ConfigError where its address is none. */
  connect(): RecordsPort
}
