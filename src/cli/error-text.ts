import { AdderError } from '../errors/adder-error.ts'

/** What Adder says of itself is for people; anything else is a fault of Adder's and needs its trace. */
export function errorText(error: unknown): string {
  if (error instanceof AdderError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
