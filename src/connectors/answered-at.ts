import type { HttpAnswer } from './http-client.ts'

/** When an outside system answered, by its own clock; by this machine's where it does not say. */
export function answeredAt({ headers }: Pick<HttpAnswer, 'headers'>): Date {
  const time = Date.parse(headers.get('date') ?? '')
  return new Date(Number.isNaN(time) ? Date.now() : time)
}
