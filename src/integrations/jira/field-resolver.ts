import { parseAnswer } from '../../connectors/http-client.ts'
import { ConnectorInputInvalid } from '../../errors/connector-errors.ts'
import { paragraph } from '../../tickets/document.ts'
import type { Edition } from './edition.ts'
import type { JiraClient } from './jira-client.ts'
import { type Field, Fields } from './schema.ts'

/** Turns fields as people write them into fields as Jira takes them. */
export type FieldResolver = (fields: Record<string, unknown>, signal: AbortSignal) => Promise<ResolvedField[]>

export interface ResolvedField {
  id: string
  name: string
  value: unknown
}

/** The fields as a request holds them. */
export function byId(fields: readonly ResolvedField[]): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ id, value }) => [id, value]))
}

/**
 * Resolves names of fields (`Alert type`, in any case) to ids, and plain values to the form that the field's schema
 * asks for: `'High'` of a priority becomes `{ name: 'High' }`. Ids stay ids, objects stay as they are. Jira's list of
 * fields is asked for once, and again when a name is not in it. Throws `ConnectorInputInvalid` for a name that no field
 * has or that several have.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/
 */
export function fieldResolver({ send, edition }: Pick<JiraClient, 'send' | 'edition'>): FieldResolver {
  let cached: readonly Field[] | undefined

  async function ask(signal: AbortSignal): Promise<readonly Field[]> {
    const { json } = await send({ path: `${edition.api}/field`, signal })
    cached = parseAnswer(Fields, json, 'Jira: fields')
    return cached
  }

  return async (fields, signal) => {
    const names = Object.keys(fields)
    if (names.length === 0) return []
    const known = cached ?? (await ask(signal))
    const isStale = known === cached && names.some((name) => candidates(known, name).length === 0)
    const current = isStale ? await ask(signal) : known
    return Object.entries(fields).map(([name, value]) => {
      const field = pick(current, name)
      return { id: field.id, name: field.name, value: fieldValue(field, value, edition) }
    })
  }
}

function candidates(fields: readonly Field[], name: string): Field[] {
  const byId = fields.filter(({ id }) => id === name)
  return byId.length > 0 ? byId : fields.filter((field) => field.name.toLowerCase() === name.toLowerCase())
}

function pick(fields: readonly Field[], name: string): Field {
  const [field, ...others] = candidates(fields, name)
  if (field === undefined)
    throw new ConnectorInputInvalid(`Jira: no field is called ${JSON.stringify(name)}, or Adder's account can't see it`)
  if (others.length > 0) {
    const ids = [field, ...others].map(({ id }) => id).join(', ')
    throw new ConnectorInputInvalid(`Jira: several fields are called ${JSON.stringify(name)}: write one of ${ids}`)
  }
  return field
}

const namedTypes = ['priority', 'resolution', 'version', 'component', 'group', 'issuetype', 'securitylevel']

function fieldValue({ id, schema }: Field, value: unknown, { richText, user }: Edition): unknown {
  if (typeof value !== 'string' && !Array.isArray(value)) return value
  if (Array.isArray(value)) return value.map((each) => plainValue(schema?.items, each, user))
  if (id === 'description' || id === 'environment' || schema?.custom?.endsWith(':textarea'))
    return richText([paragraph(value)])
  return plainValue(schema?.type, value, user)
}

function plainValue(type: string | undefined, value: unknown, user: Edition['user']): unknown {
  if (typeof value !== 'string') return value
  if (type === 'option') return { value }
  if (type === 'user') return user(value)
  return type !== undefined && namedTypes.includes(type) ? { name: value } : value
}
