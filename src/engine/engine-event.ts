/** What the engine needs to know of an event: everything else is the automations' business. */
export interface EngineEvent {
  /** The event's identity: 64 hexadecimal digits. */
  id: string
  /** When it happened, ISO 8601. */
  at: string
}
