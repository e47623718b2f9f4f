import type * as z from 'zod'

/**
 * What is wrong with the first five fields, by their names and not by their values: `ip: is no public address`. At most
 * 500 characters.
 *
 * @param whole what the value itself is called.
 */
export function fieldFaults({ issues }: z.ZodError, whole: string): string {
  const faults = issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || whole}: ${message}`)
  return faults.join('; ').slice(0, 500)
}
