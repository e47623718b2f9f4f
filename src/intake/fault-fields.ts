import { AdderError } from '../errors/adder-error.ts'

/** What a log line says of something that went wrong: the code, where it has one, and the words. */
export function faultFields(error: unknown): { code?: string; error: string } {
  return error instanceof AdderError ? { code: error.code, error: error.message } : { error: String(error) }
}
