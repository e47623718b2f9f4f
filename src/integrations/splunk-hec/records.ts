import * as z from 'zod'
import { httpClient, parseAnswer } from '../../connectors/http-client.ts'
import type { OutgoingRecord, RecordsDefinition, RefusedRecord } from '../../connectors/records.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import { maskSecrets, type Secret } from '../../secrets/secret.ts'

export interface SplunkHecRecordsOptions {
  /** Where it listens: `https://splunk.acme.example:8088`. */
  url: string
  /** The token of the input. */
  token: Secret
  /** The index that records go to. Default: that of the input. */
  index?: string
  /** What Splunk shows as their host. Default: that of the input. */
  host?: string
}

const title = 'Splunk HEC'
const docs =
  'https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector'
const path = '/services/collector/event'
/** "Invalid data format", "Event field is required", "… cannot be blank" and "Error in handling indexed fields". */
const faultsOfAnEvent: ReadonlySet<number> = new Set([6, 12, 13, 15])
const maxWordsLength = 200

const Success = z.object({ code: z.literal(0) })
const Refusal = z.object({ text: z.string(), code: z.int() })

/**
 * Sends a record of every run that has ended and of every delivery to Splunk's HTTP Event Collector, each an event with
 * the sourcetype `adder:run` or `adder:delivery` and the time at which it ended or came. The indexed field `adder_record`
 * has the run's or the delivery's id: the collector tells no two events apart, so a record whose answer got lost is there
 * twice, and `| dedup adder_record` leaves one.
 *
 * The input has indexer acknowledgment off. A token, an index or an address that is refused keeps the records waiting;
 * an event that the collector refuses for what it is, is given up, so that it does not hold up the others.
 *
 * The codes are those of
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector
 * (read in November 2026).
 *
 * @throws ConfigError where the index can't be the name of one.
 */
export function records(options: SplunkHecRecordsOptions): RecordsDefinition {
  expectOptions('splunkHec.records', options, { url: 'string', token: 'any', index: 'string?', host: 'string?' })
  const { url, token, index, host } = options
  if (index !== undefined && !/^[a-z0-9][a-z0-9_-]{0,79}$/.test(index))
    throw new ConfigError([
      { at: 'records.index', problem: 'write an index of Splunk: small letters, digits, "_" and "-", at most 80' },
    ])
  return {
    type: 'records',
    integration: 'splunk-hec',
    title,
    docs,
    secrets: [token],
    connect() {
      const ask = httpClient({ title, baseUrl: url, headers: () => ({ authorization: `Splunk ${token.reveal()}` }) })
      const envelope = ({ kind, id, at, body }: OutgoingRecord) => ({
        event: body,
        time: at / 1000,
        source: 'adder',
        sourcetype: `adder:${kind}`,
        ...(host === undefined ? {} : { host }),
        ...(index === undefined ? {} : { index }),
        fields: { adder_record: id },
      })

      /** What is wrong with the events; undefined where they are taken. */
      async function post(some: readonly OutgoingRecord[], signal: AbortSignal): Promise<string | undefined> {
        const bodies = some.map(envelope)
        const { status, json } = await ask({ method: 'POST', path, bodies, signal, accept: [400, 413] })
        if (status < 300) {
          parseAnswer(Success, json, `${title}: POST ${path}`)
          return undefined
        }
        const { text, code } = parseAnswer(Refusal, json, `${title}: POST ${path}: ${status}`)
        const words = `${maskSecrets(text).slice(0, maxWordsLength)} (${code})`
        if (faultsOfAnEvent.has(code) || (status === 413 && some.length > 1)) return words
        throw new ConnectorRefused(`${title}: POST ${path}: answered ${status}: ${words}`, { status })
      }

      return {
        async send(all, { signal }) {
          const wrong = await post(all, signal)
          if (wrong === undefined) return []
          const refused: RefusedRecord[] = []
          // It says which event comes first that it does not take, and not whether that is the only one.
          for (const record of all) {
            const reason = all.length === 1 ? wrong : await post([record], signal)
            if (reason !== undefined) refused.push({ record, reason })
          }
          return refused
        },
        async probe({ signal }) {
          await ask({ path: '/services/collector/health', signal })
        },
        async close() {
          // Connections are the process's own and end when they are idle.
        },
      }
    },
  }
}
