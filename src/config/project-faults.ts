import type { Automation } from '../automations/automation.ts'
import { isRequest } from '../automations/request.ts'
import type { ConfigFault } from '../errors/config-error.ts'
import { listSecrets, type Secret } from '../secrets/secret.ts'
import type { Config } from './define-config.ts'
import type { Project } from './project.ts'

const namePattern = /^[a-z0-9][a-z0-9-]{0,62}$/
/** What a run has besides its connectors, which can't have these names. */
const toolNames = new Set(['event', 'tickets', 'step', 'sleep', 'now', 'random', 'uuid'])

/** Everything that is wrong with a project, each with where it is and how to mend it; empty where nothing is. */
export function projectFaults({ config, automations }: Project): ConfigFault[] {
  return [
    ...secretFaults(config),
    ...sourceFaults(config),
    ...connectorFaults(config),
    ...serverFaults(config),
    ...automationFaults(automations, config),
  ]
}

function secretFaults({ sources = [], connectors = {}, ticketing, tokens = [] }: Config): ConfigFault[] {
  return [
    ...sources.flatMap(({ name, authentication }) => unset(`source "${name}"`, listSecrets(authentication.secrets))),
    ...Object.entries(connectors).flatMap(([name, { secrets }]) => unset(`config.connectors.${name}`, secrets)),
    ...unset('config.ticketing', ticketing?.secrets ?? []),
    ...tokens.flatMap(({ name, secret }) => unset(`token "${name}"`, [secret])),
  ]
}

function unset(at: string, secrets: readonly Secret[]): ConfigFault[] {
  return secrets
    .filter((secret) => !secret.isSet)
    .map(({ name }) => ({ at, problem: `the environment variable ${name} is not set` }))
}

function sourceFaults({ sources = [] }: Config): ConfigFault[] {
  return sources.flatMap(({ name, authentication }, index) => {
    const at = `config.sources[${index}]`
    const faults: ConfigFault[] = []
    if (!namePattern.test(name))
      faults.push({ at, problem: `the name "${name}" must be lower-case letters, digits and dashes` })
    if (sources.findIndex((each) => each.name === name) < index)
      faults.push({ at, problem: `another source is called "${name}" too` })
    if (listSecrets(authentication.secrets).length === 0)
      faults.push({ at, problem: 'it has no secret, so it could authenticate nobody' })
    return faults
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

function serverFaults({ server = {}, retentionDays = 30 }: Config): ConfigFault[] {
  const faults: ConfigFault[] = []
  const { port = 8080 } = server
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    faults.push({ at: 'config.server.port', problem: 'must be a port, 0 to 65535' })
  if (!(retentionDays >= 2 && retentionDays <= 3650))
    faults.push({ at: 'config.retentionDays', problem: 'must be 2 to 3650 days' })
  return faults
}

function automationFaults(automations: readonly Automation[], { ticketing }: Config): ConfigFault[] {
  return automations.flatMap(({ name, on, enrich, run }, index) => {
    const at = `automation "${name}"`
    const faults: ConfigFault[] = []
    if (!namePattern.test(name))
      faults.push({ at, problem: 'its name must be lower-case letters, digits and dashes, at most 63' })
    if (automations.findIndex((each) => each.name === name) < index)
      faults.push({ at, problem: 'another automation has the same name' })
    if (enrich === undefined && run === undefined) faults.push({ at, problem: 'it has neither `run` nor `enrich`' })
    if (enrich !== undefined && ticketing === undefined)
      faults.push({ at, problem: 'it enriches tickets, and the configuration has no ticketing' })
    if (on === undefined || (!isRequest(on) && on.conditions === undefined))
      faults.push({ at, problem: '`on` is not a trigger' })
    return faults
  })
}
