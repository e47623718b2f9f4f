import type { Connector, EffectOptions } from '../connectors/connector.ts'
import type { Duration } from '../connectors/duration.ts'
import { freshMs } from '../connectors/fresh-for.ts'
import { RunMisuse } from '../engine/engine-errors.ts'
import type { LookupOptions, Steps } from '../engine/steps.ts'
import { isShared } from './is-shared.ts'
import type { KeepOwn } from './keep-own.ts'
import type { Connectors } from './register.ts'

export interface BindOptions extends LookupOptions {
  /** How old what was found may be, instead of what the connectors say. */
  freshFor?: Duration | undefined
}

/** The connectors as one run calls them: each call is a step, recorded as `<connector>.<operation>`. */
export function bindConnectors(
  connectors: ReadonlyMap<string, Connector>,
  { steps, keepOwn }: { steps: Steps; keepOwn: KeepOwn },
  options: BindOptions = {},
): Connectors {
  const bound = [...connectors].map(([name, connector]) => [
    name,
    bindConnector(name, connector, { steps, keepOwn }, options),
  ])
  return refusingOthers(Object.fromEntries(bound), connectors) as Connectors // the configuration's own connectors, by its own names
}

/**
 * The object, which refuses to be asked for a connector that there is not: `undefined` would fail a line later, without
 * its name. The types say it too; a program that was not type-checked must be told.
 */
export function refusingOthers<T extends object>(context: T, connectors: ReadonlyMap<string, Connector>): T {
  const refusal = refusals.get(connectors) ?? refusalOf(connectors)
  refusals.set(connectors, refusal)
  return Object.setPrototypeOf(context, refusal)
}

/** One for each configuration: V8 takes objects for alike, and reads them fast, only where they have the same prototype. */
const refusals = new WeakMap<ReadonlyMap<string, Connector>, object>()

function refusalOf(connectors: ReadonlyMap<string, Connector>): object {
  return new Proxy(
    {},
    {
      get(target, key) {
        // What JavaScript itself asks any object for.
        if (typeof key === 'symbol' || key in target || key === 'then' || key === 'toJSON')
          return Reflect.get(target, key)
        throw new RunMisuse(`there is no connector "${key}"; there are: ${[...connectors.keys()].join(', ') || 'none'}`)
      },
    },
  )
}

function bindConnector(
  name: string,
  connector: Connector,
  { steps, keepOwn }: { steps: Steps; keepOwn: KeepOwn },
  { freshFor, ...options }: BindOptions,
): Record<string, unknown> {
  const { lookups, effects, quota, freshFor: declared } = connector
  const client: Record<string, unknown> = {}
  for (const [operation, lookup] of Object.entries(lookups)) {
    const fresh = freshMs(declared?.[operation], freshFor)
    const ask = isShared(quota, fresh)
      ? (input: unknown) => steps.sharedLookup({ connector: name, lookup: operation, input }, fresh, options)
      : (input: unknown) => steps.lookup(`${name}.${operation}`, lookup, input, options)
    client[operation] = keepOwn(connector, ask)
  }
  for (const [operation, effect] of Object.entries(effects)) {
    client[operation] = (input: unknown, told?: EffectOptions) =>
      steps.effect(`${name}.${operation}`, effect, input, told?.name)
  }
  return client
}
