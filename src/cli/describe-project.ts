import type { Automation } from '../automations/automation.ts'
import { isRequest } from '../automations/request.ts'
import { isSchedule, type ScheduleTrigger } from '../automations/schedule.ts'
import { suppressionState } from '../automations/suppressing.ts'
import type { Trigger } from '../automations/trigger.ts'
import type { Project } from '../config/project.ts'
import type { Auth } from '../endpoints/auth.ts'
import type { SourceDefinition } from '../intake/source.ts'
import { listSecrets, type Secret } from '../secrets/secret.ts'

/** A project as `adder check` tells it: what arrives where, who is asked, and what happens then. No secret's value. */
export type ProjectDescription = Awaited<ReturnType<typeof describeProject>>

export async function describeProject({ config, automations, endpoints, suppressions = [] }: Project) {
  const { sources = [], connectors = {}, tokens = [] } = config
  return {
    sources: sources.map((source) => ({
      name: source.name,
      path: hookPath(source),
      ...(source.authentication.kind === 'queue' ? { queue: source.authentication.where } : {}),
      authentication: proof(source),
      ...(source.from === undefined ? {} : { from: source.from }),
      ...(source.sweep === undefined ? {} : { sweptEverySeconds: source.sweep.everyMs / 1000 }),
    })),
    connectors: Object.entries(connectors).map(([name, { title, secrets }]) => ({
      name,
      title,
      secrets: namesOf(secrets),
    })),
    ticketing: config.ticketing === undefined ? null : await describeTicketing(config.ticketing),
    ...(config.records === undefined
      ? {}
      : { records: { title: config.records.title, secrets: namesOf(config.records.secrets) } }),
    tokens: tokens.map(({ name, scopes, secret }) => ({ name, scopes, secret: secret.name })),
    automations: automations.map(describeAutomation),
    suppressions: suppressions.map((suppression) => {
      const { name, on, reason, owner, from, until, automations: heldOff } = suppression
      const when = on.conditions.map(({ says }) => says)
      const state = suppressionState(suppression, Date.now())
      return { name, on: on.kind, when, reason, owner, from, until, state, automations: heldOff }
    }),
    endpoints: endpoints.map(({ method, path, summary, auth }) => ({ method, path, summary, auth: authOf(auth) })),
  }
}

/** Null where it has no hook. */
function hookPath({ name, authentication }: SourceDefinition): string | null {
  if (authentication.kind === 'queue') return null
  return `/hooks/${name}${authentication.kind === 'url-token' ? '/<token>' : ''}`
}

function proof({ authentication }: SourceDefinition): string {
  const names = namesOf(listSecrets(authentication.secrets)).join(' or ')
  if (authentication.kind === 'url-token') return `the token in ${names}`
  if (authentication.kind === 'queue') return `Adder’s own account, with ${names}`
  const header = authentication.header.toLowerCase()
  return authentication.kind === 'signature' ? `${header}, signed with ${names}` : `${header}, the token in ${names}`
}

async function describeTicketing({ title, secrets, connect }: NonNullable<Project['config']['ticketing']>) {
  const port = connect()
  const { site, project, type } = port
  await port.close()
  return { title, site, project, type, secrets: namesOf(secrets) }
}

function describeAutomation({ name, on, enrich = [] }: Automation) {
  return {
    name,
    on: startOf(name, on),
    next: isSchedule(on) ? nextTicks(on) : [],
    when: on.conditions.map(({ says }) => says),
    asks: enrich.map(({ title, of }) => `${title} (${of.join(', ')})`),
  }
}

function startOf(name: string, on: Trigger<unknown>): string {
  if (isSchedule(on)) return on.text
  return isRequest(on) ? `POST /automations/${name}/runs` : on.kind
}

function nextTicks({ next }: ScheduleTrigger): string[] {
  const ticks: string[] = []
  for (let at = next(Date.now()); at !== undefined && ticks.length < ticksShown; at = next(at))
    ticks.push(new Date(at).toISOString())
  return ticks
}

const ticksShown = 3

function authOf(auth: Auth): string {
  if (auth.kind === 'open') return 'open to everybody'
  const { name, scopes } = auth.scheme
  return scopes.length === 0 ? name : `${name} with ${scopes.join(', ')}`
}

function namesOf(secrets: readonly Secret[]): string[] {
  return secrets.map(({ name }) => name)
}
