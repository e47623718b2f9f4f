/** Throws the only fault of a run's enrichments as it is, or all of them in one that says each. */
export function throwFaults(faults: readonly unknown[]): void {
  if (faults.length === 1) throw faults[0]
  if (faults.length === 0) return
  const said = faults.map((fault) => (fault instanceof Error ? fault.message : String(fault)))
  throw new AggregateError(faults, `${faults.length} enrichments failed: ${said.join('; ')}`)
}
