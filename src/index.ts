export { type Automation, automation } from './automations/automation.ts'
export { type Enrichment, type EnrichmentOptions, enrichment } from './automations/enrichment.ts'
export type { AdderEvent } from './automations/event.ts'
export { type Followed, type FollowOptions, follow } from './automations/follow.ts'
export type { Connectors, Register } from './automations/register.ts'
export { request } from './automations/request.ts'
export type { RunContext } from './automations/run-context.ts'
export { cron, every, type Tick } from './automations/schedule.ts'
export { type Suppression, type SuppressionOptions, suppression } from './automations/suppression.ts'
export type {
  FieldChange,
  Person,
  TicketClosed,
  TicketCommented,
  TicketCreated,
  TicketUpdated,
} from './automations/ticket-events.ts'
export { ticketClosed, ticketCommented, ticketCreated, ticketUpdated } from './automations/ticket-triggers.ts'
export type { OpenedTicket, OpenTicket, Text, Tickets } from './automations/tickets.ts'
export type { Trigger } from './automations/trigger.ts'
export { type Config, defineConfig } from './config/define-config.ts'
export type { Client, Connector, ConnectorDefinition, Lookup } from './connectors/connector.ts'
export type { Duration } from './connectors/duration.ts'
export type { Effect } from './connectors/effect.ts'
export type { FreshFor } from './connectors/fresh-for.ts'
export { type Answer, found, notFound, type Outcome } from './connectors/outcome.ts'
export type { Period, Quota, QuotaWindow } from './connectors/quota.ts'
export {
  type After,
  type Before,
  boolean,
  bytes,
  date,
  dateTime,
  type Endpoint,
  type EndpointResponse,
  endpoint,
  hmac,
  integer,
  json,
  list,
  nested,
  number,
  oneOf,
  open,
  Problem,
  pattern,
  problem,
  rateLimit,
  redact,
  string,
  token,
} from './endpoints/index.ts'
export { AdderError } from './errors/adder-error.ts'
export { ConfigError } from './errors/config-error.ts'
export type { SourceDefinition } from './intake/source.ts'
export { type Observable, type ObservableKind, observablesIn, observablesOf } from './observables/observables.ts'
export { Secret, secret } from './secrets/secret.ts'
export { code, type Document, facts, heading, jsonBlock, link, paragraph, strong } from './tickets/document.ts'
export type { Comment, NewTicket, Ticket, Ticketing, TicketingDefinition, TicketRef } from './tickets/ticketing.ts'
