export type Scalar = string | number | boolean | null

/** What a play may be given by a name. */
export type Variables = Readonly<Record<string, Scalar | readonly Scalar[]>>

/**
 * Variables as a YAML file for `--extra-vars`. Each text is `!unsafe`: without that Ansible takes `{{ … }}` in it for a
 * template, and a template can run a program on Adder's machine.
 *
 * https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_advanced_syntax.html#unsafe-or-raw-strings (read in
 * November 2026)
 */
export function variablesYaml(variables: Variables): string {
  const lines = Object.entries(variables).map(([name, value]) => `${quoted(name)}: ${valueYaml(value)}\n`)
  // An empty file would be none, which Ansible refuses.
  return lines.length === 0 ? '{}\n' : lines.join('')
}

function valueYaml(value: Scalar | readonly Scalar[]): string {
  if (typeof value === 'string') return `!unsafe ${quoted(value)}`
  // YAML 1.1 wants the dot: without it 1e+21 is a text.
  if (typeof value === 'number') return String(value).replace(/^(-?\d+)e/, '$1.0e')
  if (typeof value === 'boolean' || value === null) return String(value)
  return `[${value.map(valueYaml).join(', ')}]`
}

/** JSON's escapes are YAML's, too; what is not ASCII is escaped, because YAML does not take all of it as it is. */
function quoted(text: string): string {
  const escaped = (character: string) => `\\U${character.codePointAt(0)?.toString(16).padStart(8, '0')}`
  return JSON.stringify(text.toWellFormed()).replace(/[^ -~]/gu, escaped)
}
