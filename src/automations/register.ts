import type { Client, ConnectorDefinition } from '../connectors/connector.ts'

/**
 * Where a configuration makes its types known, so that every automation sees its connectors by name:
 *
 * ```ts
 * declare module 'adderjs' {
 *   interface Register {
 *     config: typeof config
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled in by the configuration
export interface Register {}

/** The configured connectors by their names, as automations and endpoints call them. */
export type Connectors = Register extends { config: { connectors: infer C } }
  ? { [K in keyof C]: C[K] extends ConnectorDefinition<infer X> ? Client<X> : never }
  : object
