/** What the names of sources and automations are made of: they stand in addresses and in logs. */
export const nameForm = 'must be 1 to 63 lower-case letters, digits and dashes, beginning with a letter'

export function isName(name: unknown): boolean {
  return typeof name === 'string' && /^[a-z][a-z0-9-]{0,62}$/.test(name)
}
