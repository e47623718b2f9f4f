import { ConnectorInputInvalid } from '../../errors/connector-errors.ts'

const maxLabelLength = 50

/** Fields that GitHub has not, each kept as a label: `Alert type: Malware`. */
export interface LabelFields {
  /** The field as the configuration spells it, from a name in any case; undefined where it names none. */
  named(name: string): string | undefined
  /** The fields that these labels hold; null where none does. */
  read(labels: readonly string[]): Record<string, string | null>
  /** The labels with these fields set, each in place of what it was. */
  set(labels: readonly string[], values: ReadonlyMap<string, string>): string[]
  /** Of which field this is a label. */
  fieldOf(label: string): string | undefined
}

export function labelFields(names: readonly string[]): LabelFields {
  const fieldOf = (label: string) => names.find((name) => label.toLowerCase().startsWith(prefix(name).toLowerCase()))
  return {
    named: (name) => names.find((each) => each.toLowerCase() === name.trim().toLowerCase()),
    read: (labels) =>
      Object.fromEntries(
        names.map((name) => {
          const label = labels.find((each) => fieldOf(each) === name)
          return [name, label === undefined ? null : label.slice(prefix(name).length)]
        }),
      ),
    set(labels, values) {
      const others = labels.filter((label) => !values.has(fieldOf(label) ?? ''))
      const own = [...values].flatMap(([name, value]) => (value === '' ? [] : [prefix(name) + value]))
      return [...others, ...own]
    },
    fieldOf,
  }
}

/** The value of such a field; empty for none. Throws `ConnectorInputInvalid` for what a label can't hold. */
export function labelValue(name: string, value: unknown): string {
  if (value === null) return ''
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : undefined
  if (text === undefined || /[\r\n]/.test(text))
    throw new ConnectorInputInvalid(`GitHub: the field ${JSON.stringify(name)} is a label, so it takes a line of text`)
  if (prefix(name).length + text.length > maxLabelLength)
    throw new ConnectorInputInvalid(
      `GitHub: the field ${JSON.stringify(name)} is a label, and with its name it has up to ${maxLabelLength} characters`,
    )
  return text
}

function prefix(name: string): string {
  return `${name}: `
}
