/** Which file exports each automation and suppression; empty where they came from no files. */
export type Files = ReadonlyMap<unknown, string>

interface Named {
  type: string
  name: string
}

/** Where something named is at fault: `automations/mock-scan.ts, automation "mock-scan"`. */
export function placeOf(value: Named, files: Files): string {
  const { type, name } = value
  // The types say that it has a name; a program that was not type-checked may have none.
  const what = typeof name === 'string' ? `${type} "${name}"` : `${type} without a name`
  const file = files.get(value)
  return file === undefined ? what : `${file}, ${what}`
}

/** Why a name can't be had, or nothing where it is the first of its kind that has it. */
export function takenFaults<T extends Named>(value: T, all: readonly T[], files: Files): string[] {
  const first = all.find(({ name }) => name === value.name)
  if (first === undefined || first === value || value.name === undefined) return []
  const file = files.get(first)
  return [`another ${value.type} has the same name${file === undefined ? '' : `, in ${file}`}`]
}
