/** One condition of a trigger, with the words that tell why an event did not match. */
export interface Condition<Data> {
  /** `searchName is "MockScan Alert"`. */
  says: string
  holds(data: Data): boolean
}

/** Which events start an automation. */
export interface Trigger<Data> {
  /** The kind of event: `splunk.alert`. */
  kind: string
  conditions: readonly Condition<Data>[]
  /** Carries the type of the event's data; never set. */
  readonly data?: Data
}

/** Whether a condition holds; why that can't be told where it throws. */
export function decide(condition: Condition<unknown>, data: unknown): boolean | { reason: string } {
  try {
    return Boolean(condition.holds(data))
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) }
  }
}
