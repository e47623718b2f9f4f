import { fieldFailure } from './answers.ts'
import type { RichText, StandInEdition } from './edition.ts'
import { fieldDefinitions } from './field-definitions.ts'
import type { JiraSite } from './site.ts'

/** The project and the type of a new issue; refuses any that the site does not have. */
export function checkPlace(site: JiraSite, project: unknown, issuetype: unknown): { project: string; type: string } {
  const key = site.projects.find((each) => isExactly(project, 'key', each))
  if (key === undefined) throw fieldFailure({ project: 'Specify a valid project ID or key' })
  const type = site.types.find((each) => isExactly(issuetype, 'name', each))
  if (type === undefined) throw fieldFailure({ issuetype: 'Specify a valid issue type' })
  return { project: key, type }
}

function isExactly(given: unknown, name: string, value: string): boolean {
  return JSON.stringify(given) === JSON.stringify({ [name]: value })
}

/** Refuses all fields at once that are unknown, or whose values Jira does not take. */
export function checkFields(fields: Record<string, unknown>, edition: StandInEdition): void {
  const faults = Object.entries(fields).flatMap(([id, value]) => {
    const fault = fieldFault(id, value, edition)
    return fault === undefined ? [] : [[id, fault]]
  })
  if (faults.length > 0) throw fieldFailure(Object.fromEntries(faults))
}

function fieldFault(id: string, value: unknown, { richTextFault }: StandInEdition): string | undefined {
  const definition = fieldDefinitions.find((each) => each.id === id)
  if (definition?.isRichText && value !== null) return richTextFault(value)
  if (definition?.isEditable) return definition.fault(value)
  return `Field '${id}' cannot be set. It is not on the appropriate screen, or unknown.`
}

/** The body of a comment; refuses what is no rich text, or an empty one. */
export function checkRichText(body: unknown, { richTextFault }: StandInEdition): RichText {
  const fault = richTextFault(body)
  if (fault !== undefined) throw fieldFailure({ comment: fault })
  // The check that has just been passed describes exactly this type.
  const richText = body as RichText
  const isEmpty = typeof richText === 'string' ? richText.trim() === '' : richText.content.length === 0
  if (isEmpty) throw fieldFailure({ comment: 'Comment body can not be empty!' })
  return richText
}
