import type { Connector, EffectOptions } from '../connectors/connector.ts'
import type { Delay, Steps } from '../engine/steps.ts'
import type { Connectors } from './register.ts'

/** The connectors as one run calls them: each call is a step, recorded as `<connector>.<operation>`. */
export function bindConnectors(
  connectors: ReadonlyMap<string, Connector>,
  steps: Steps,
  onDelay?: (delay: Delay) => void,
): Connectors {
  const bound = [...connectors].map(([name, connector]) => [name, bindConnector(name, connector, { steps, onDelay })])
  return Object.fromEntries(bound) as Connectors // the configuration's own connectors, by its own names
}

function bindConnector(
  name: string,
  { lookups, effects }: Connector,
  { steps, onDelay }: { steps: Steps; onDelay: ((delay: Delay) => void) | undefined },
): Record<string, unknown> {
  const client: Record<string, unknown> = {}
  for (const [operation, lookup] of Object.entries(lookups)) {
    client[operation] = (input: unknown) =>
      steps.lookup(`${name}.${operation}`, lookup, input, onDelay === undefined ? {} : { onDelay })
  }
  for (const [operation, effect] of Object.entries(effects)) {
    client[operation] = (input: unknown, options?: EffectOptions) =>
      steps.effect(`${name}.${operation}`, effect, input, options?.name)
  }
  return client
}
