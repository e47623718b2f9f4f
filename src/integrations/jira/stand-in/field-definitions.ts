/** A field of the stand-in's screens: how Jira describes it, and what it takes. */
export interface FieldDefinition {
  id: string
  name: string
  custom: boolean
  schema: { type: string; items?: string; system?: string; custom?: string; customId?: number }
  /** On the create and edit screens; the others are Jira's own to set. */
  isEditable: boolean
  /** Whether it takes what the edition has as rich text. */
  isRichText?: boolean
  /** What Jira says of a value that it does not take; undefined where it does. */
  fault(value: unknown): string | undefined
  /** How the value is shown in the history. */
  shown(value: unknown): string
}

export const priorities = ['Highest', 'High', 'Medium', 'Low', 'Lowest']
export const resolutions = ['Done', "Won't Do", 'Duplicate', 'False Positive']
const alertTypes = ['Malware', 'Phishing', 'Account', 'Network']
const customPrefix = 'com.atlassian.jira.plugin.system.customfieldtypes'

const fixed = { isEditable: false, custom: false, fault: () => 'It is set by Jira.', shown: named } as const

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/ */
export const fieldDefinitions: readonly FieldDefinition[] = [
  {
    ...system('summary', 'Summary', { type: 'string' }),
    fault: summaryFault,
    shown: String,
  },
  {
    ...system('description', 'Description', { type: 'string' }),
    isRichText: true,
    fault: noFault,
    shown: () => '(text)',
  },
  {
    ...system('labels', 'Labels', { type: 'array', items: 'string' }),
    fault: labelsFault,
    shown: (value) => (Array.isArray(value) ? value.join(' ') : ''),
  },
  { ...system('priority', 'Priority', { type: 'priority' }), fault: oneOf('name', priorities), shown: named },
  { ...system('resolution', 'Resolution', { type: 'resolution' }), fault: oneOf('name', resolutions), shown: named },
  { ...system('project', 'Project', { type: 'project' }), ...fixed },
  { ...system('issuetype', 'Issue Type', { type: 'issuetype' }), ...fixed },
  { ...system('status', 'Status', { type: 'status' }), ...fixed },
  { ...system('reporter', 'Reporter', { type: 'user' }), ...fixed },
  { ...system('created', 'Created', { type: 'datetime' }), ...fixed },
  { ...system('updated', 'Updated', { type: 'datetime' }), ...fixed },
  {
    ...custom(10010, 'Alert type', { type: 'option', custom: 'select' }),
    fault: oneOf('value', alertTypes),
    shown: named,
  },
  {
    ...custom(10011, 'Alert source', { type: 'string', custom: 'textfield' }),
    fault: (value) => (typeof value === 'string' || value === null ? undefined : 'Operation value must be a string'),
    shown: String,
  },
  {
    ...custom(10012, 'Analysis', { type: 'string', custom: 'textarea' }),
    isRichText: true,
    fault: noFault,
    shown: () => '(text)',
  },
  {
    ...custom(10013, 'Score', { type: 'number', custom: 'float' }),
    fault: (value) => (typeof value === 'number' || value === null ? undefined : 'Operation value must be a number'),
    shown: String,
  },
]

function system(id: string, name: string, schema: { type: string; items?: string }) {
  return { id, name, custom: false, isEditable: true, schema: { ...schema, system: id } }
}

function custom(customId: number, name: string, schema: { type: string; custom: string }) {
  const id = `customfield_${customId}`
  return {
    id,
    name,
    custom: true,
    isEditable: true,
    schema: { type: schema.type, custom: `${customPrefix}:${schema.custom}`, customId },
  }
}

function summaryFault(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return 'You must specify a summary of the issue.'
  if (/[\r\n]/.test(value)) return 'The summary is invalid because it contains newline characters.'
  return value.length > 255 ? "Summary can't exceed 255 characters." : undefined
}

function labelsFault(value: unknown): string | undefined {
  if (!Array.isArray(value) || !value.every((label) => typeof label === 'string')) return 'data was not an array'
  const spaced = value.find((label) => /\s/.test(label))
  if (spaced !== undefined) return `The label '${spaced}' contains spaces which is invalid.`
  const long = value.find((label) => label.length > 255)
  return long === undefined ? undefined : `The label '${long}' exceeds the maximum length of 255 characters.`
}

function noFault(): undefined {}

function oneOf(key: 'name' | 'value', allowed: readonly string[]): (value: unknown) => string | undefined {
  return (value) => {
    if (value === null) return undefined
    const entries = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : []
    const [entry] = entries
    if (entries.length !== 1 || entry?.[0] !== key) return `Specify the value as an object with a ${key}`
    return allowed.includes(String(entry[1])) ? undefined : `Option ${key} '${entry[1]}' is not valid`
  }
}

function named(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value ?? '')
  if ('name' in value) return String(value.name)
  return 'value' in value ? String(value.value) : ''
}
