/** A typed fact from a source: what automations start on. */
export interface AdderEvent<Kind extends string = string, Data = unknown> {
  /** `splunk.alert`, `ticket.created`. */
  kind: Kind
  /**
   * The fact's own identity, the same for every delivery of it. Runs are keyed by it.
   * 64 hexadecimal digits; see `eventIdentity`.
   */
  id: string
  /** When it happened, by the sender's clock, ISO 8601. */
  at: string
  /** The source's name: `splunk`. */
  source: string
  data: Data
  /** The delivery that brought it in first; missing where a run or a call of the API did. */
  delivery?: string
}
