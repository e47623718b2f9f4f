import { isTicketGone } from './is-ticket-gone.ts'

/**
 * Throws the only fault of a run's enrichments as it is, or all of them in one that says each. A ticket that is gone is
 * one fault, however many comments it would have got.
 */
export function throwFaults(faults: readonly unknown[]): void {
  const [first] = faults
  if (faults.length === 1 || (faults.length > 1 && faults.every(isTicketGone))) throw first
  if (faults.length === 0) return
  const said = faults.map((fault) => (fault instanceof Error ? fault.message : String(fault)))
  throw new AggregateError(faults, `${faults.length} enrichments failed: ${said.join('; ')}`)
}
