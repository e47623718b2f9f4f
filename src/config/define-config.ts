import type { Connectors } from '../automations/register.ts'
import type { ConnectorDefinition } from '../connectors/connector.ts'
import type { RecordsDefinition } from '../connectors/records.ts'
import type { After, Before } from '../endpoints/plugin.ts'
import type { Token } from '../endpoints/tokens.ts'
import type { ClusterOptions } from '../engine/cluster.ts'
import type { SourceDefinition } from '../intake/source.ts'
import type { Own } from '../observables/is-own.ts'
import type { RedactionRule } from '../secrets/redact.ts'
import type { Secret } from '../secrets/secret.ts'
import type { TicketingDefinition } from '../tickets/ticketing.ts'

/** One Adder: who sends to it, whom it asks, where its tickets are, and who may call it. */
export interface Config {
  /** The senders of webhooks; each is received at `/hooks/<name>`. */
  sources?: readonly SourceDefinition[]
  /** The outside systems that automations and endpoints call, by the names that they call them by. */
  connectors?: Readonly<Record<string, ConnectorDefinition>>
  /** Where the tickets are. */
  ticketing?: TicketingDefinition
  /** The bearer tokens that endpoints know, and what their holders may do. */
  tokens?: readonly Token[]
  server?: ServerConfig
  /** A cluster of engines that several Adders serve. Default: an engine of this Adder's own, as a child process. */
  engine?: ClusterOptions
  /** What else is masked before anything is stored, besides payment cards and US social-security numbers. */
  redact?: readonly RedactionRule[]
  /** What no outside service is ever asked about, besides private and reserved addresses and domains. */
  own?: Own
  /** How long deliveries, events and runs are kept, in days; an older event starts nothing. Default 30. */
  retentionDays?: number
  /** Where the history is kept. Default: a SQLite file in the data folder. */
  history?: HistoryConfig
  /** Where a record of every run that has ended, and of every delivery, is sent. Default: nowhere. */
  records?: RecordsDefinition
  effects?: EffectsConfig
  /** A monitor that alarms when it hears nothing. Default: none. */
  heartbeat?: HeartbeatConfig
  /** Plugins of every endpoint, run before and after its own. */
  before?: readonly Before[]
  after?: readonly After[]
}

export interface ServerConfig {
  /** Default `127.0.0.1`: nobody outside this machine. */
  host?: string
  /** Default 8080. */
  port?: number
  /** Addresses or networks of proxies in front whose `X-Forwarded-For` is believed. Default none. */
  trustedProxies?: readonly string[]
}

export interface HistoryConfig {
  /**
   * A database of PostgreSQL, `postgres://user:password@host:5432/database`, which several Adders may share; with
   * `?sslmode=verify-full` for TLS.
   */
  url: Secret
}

export interface HeartbeatConfig {
  /** Asked with a GET as long as the engine, the spool and the history are well. */
  url: Secret
  /** How often, in seconds; at least 10. Default 60. */
  everySeconds?: number
}

export interface EffectsConfig {
  /** How long a search that lags is repeated before "not there" is believed, in seconds. Default 60. */
  searchForSeconds?: number
  /** What happens to an effect that got no answer and is not found within that time. Default: wait for a person. */
  whenUnknown?: 'wait for a person' | 'make again'
}

/**
 * An Adder's configuration, checked by the compiler here and by `adder check` before anything starts.
 * Declare it to `Register` so that every automation knows its connectors by name.
 */
export function defineConfig<const C extends Config>(config: C): C {
  return config
}

declare module '../endpoints/endpoint-context.ts' {
  interface EndpointContext extends Connectors {}
}
