import { endpointFaults } from '../endpoints/check-endpoints.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import { signingKey } from '../endpoints/verify-signature.ts'
import type { ConfigFault } from '../errors/config-error.ts'
import type { SourceDefinition } from '../intake/source.ts'
import { listSecrets, type Secret } from '../secrets/secret.ts'
import { automationFaults } from './automation-faults.ts'
import { shapeFaults } from './config-shape.ts'
import type { Config } from './define-config.ts'
import { isName, nameForm } from './name-form.ts'
import type { Files } from './place-of.ts'
import type { Project } from './project.ts'
import { suppressionFaults } from './suppression-faults.ts'

/** What a run has besides its connectors, which can't have these names. */
const toolNames = new Set(['event', 'tickets', 'step', 'sleep', 'now', 'random', 'uuid'])

/** Below these paths are the endpoints that Adder makes of sources and automations. */
const ownPaths = ['/hooks', '/automations']

export interface LoadedProject extends Omit<Project, 'config'> {
  /** Undefined where it could not be loaded, which is no fault of the rest. */
  config: Config | undefined
  files?: Files
}

/** Everything that is wrong with a project, each with where it is and how to mend it; empty where nothing is. */
export function projectFaults(project: LoadedProject): ConfigFault[] {
  const { config, automations, endpoints, suppressions = [], files = new Map() } = project
  const misshapen = config === undefined ? [] : shapeFaults(config)
  // What has another shape can't be asked for more, and must not look as if it were missing.
  const readable = misshapen.length > 0 ? undefined : config
  return [
    ...misshapen,
    ...(readable === undefined ? [] : valueFaults(readable)),
    ...automationFaults(automations, {
      hasTicketing: readable === undefined || readable.ticketing !== undefined,
      files,
    }),
    ...suppressionFaults(suppressions, { automations, files, now: Date.now() }),
    ...endpointFaults(endpoints),
    ...endpoints.filter(isBelowOwnPath).map(({ method, path }) => ({
      at: `${method} ${path}`,
      problem: `Paths below ${ownPaths.join(' and ')} are Adder’s own`,
    })),
  ]
}

function valueFaults(config: Config): ConfigFault[] {
  return [
    ...secretFaults(config),
    ...sourceFaults(config),
    ...connectorFaults(config),
    ...historyFaults(config),
    ...heartbeatFaults(config),
  ]
}

function secretFaults(config: Config): ConfigFault[] {
  const { sources = [], connectors = {}, ticketing, tokens = [], history, records, heartbeat } = config
  return [
    ...sources.flatMap(({ name, authentication, sweep }) => [
      ...unfit(`source "${name}"`, [...listSecrets(authentication.secrets), ...(sweep?.secrets ?? [])]),
      ...keyFaults(`source "${name}"`, authentication),
    ]),
    ...Object.entries(connectors).flatMap(([name, { secrets }]) => unfit(`connector "${name}"`, secrets)),
    ...unfit('ticketing', ticketing?.secrets ?? []),
    ...tokens.flatMap(({ name, secret }) => unfit(`token "${name}"`, [secret])),
    ...unfit('history', history === undefined ? [] : [history.url]),
    ...unfit('records', records?.secrets ?? []),
    ...unfit('heartbeat', heartbeat === undefined ? [] : [heartbeat.url]),
  ]
}

function keyFaults(at: string, authentication: SourceDefinition['authentication']): ConfigFault[] {
  if (authentication.kind !== 'signature') return []
  return listSecrets(authentication.secrets)
    .filter((secret) => secret.isSet && signingKey(secret, authentication) === undefined)
    .map(({ name }) => ({
      at,
      problem: `the environment variable ${name} must hold 24 bytes or more in base64, with or without "whsec_" before it`,
    }))
}

function unfit(at: string, secrets: readonly Secret[]): ConfigFault[] {
  return secrets.flatMap((secret) => {
    const variable = `the environment variable ${secret.name}`
    if (!secret.isSet) return [{ at, problem: `${variable} is not set, or is empty` }]
    if (!hasStrayLine(secret.reveal())) return []
    return [
      {
        at,
        problem: `${variable} begins or ends with a line break or a tab, as the text of a file does; take it away`,
      },
    ]
  })
}

/** As a value has that was read from a file; only keys in PEM (RFC 7468) are written so. */
function hasStrayLine(value: string): boolean {
  return /^[\r\n\t]|[\r\n\t]$/.test(value) && !value.startsWith('-----BEGIN ')
}

function sourceFaults({ sources = [] }: Config): ConfigFault[] {
  return sources.flatMap(({ name }, index): ConfigFault[] => {
    const at = `config.sources[${index}].name`
    if (!isName(name)) return [{ at, problem: `"${name}" ${nameForm}` }]
    if (sources.findIndex((each) => each.name === name) < index)
      return [{ at, problem: `"${name}" is taken by another source; give one of them another name` }]
    return []
  })
}

function connectorFaults({ connectors = {} }: Config): ConfigFault[] {
  return Object.keys(connectors)
    .filter((name) => toolNames.has(name) || !/^[a-z][A-Za-z0-9]*$/.test(name))
    .map((name) => ({
      at: `config.connectors.${name}`,
      problem: toolNames.has(name)
        ? 'a run has something else by that name'
        : 'the name must be letters and digits, beginning with a small letter',
    }))
}

/** The value itself must not be shown: its password is in it. */
function historyFaults({ history }: Config): ConfigFault[] {
  if (history === undefined || !history.url.isSet || isPostgresUrl(history.url.reveal())) return []
  const problem = `the environment variable ${history.url.name} must hold postgres://user:password@host:5432/database`
  return [{ at: 'config.history.url', problem }]
}

function heartbeatFaults({ heartbeat }: Config): ConfigFault[] {
  if (heartbeat === undefined || !heartbeat.url.isSet) return []
  const url = URL.parse(heartbeat.url.reveal())
  if (url !== null && ['http:', 'https:'].includes(url.protocol)) return []
  const problem = `the environment variable ${heartbeat.url.name} must hold an address, https://…`
  return [{ at: 'config.heartbeat.url', problem }]
}

function isPostgresUrl(text: string): boolean {
  try {
    const { protocol, pathname } = new URL(decodeURI(text))
    return /^postgres(?:ql)?:$/.test(protocol) && pathname.length > 1
  } catch {
    return false
  }
}

function isBelowOwnPath({ path }: Endpoint): boolean {
  return ownPaths.some((own) => path === own || path.startsWith(`${own}/`))
}
