/**
 * What became of a delivery:
 * - `accepted`: at least one of its events was new, or it carried none;
 * - `duplicate`: all its events were known;
 * - `suppressed`: its events that were new start nothing, because a suppression holds everything off;
 * - `spooled`: it waits on disk for the engine, and its events are one of the above when it is handed over;
 * - `stale`: its events are too old to be told apart from a replay and start nothing;
 * - `kept`: it is authentic and could not be taken in; its content was put aside, redacted;
 * - `refused`: it is not authentic, from an address that its source does not send from, or too large.
 */
export type DeliveryState = 'accepted' | 'duplicate' | 'spooled' | 'suppressed' | 'stale' | 'kept' | 'refused'

/**
 * Why a delivery was kept or refused. `size`: a message of a queue is larger than its source takes; `events`: the source
 * could not make events of it, which is a fault of Adder's; `engine`: nothing is wrong with it, and it may be sent again;
 * `gone`: a sweep found that its sender has the content no more.
 */
export type DeliveryCheck =
  | 'address'
  | 'token'
  | 'signature'
  | 'size'
  | 'content-type'
  | 'json'
  | 'shape'
  | 'events'
  | 'engine'
  | 'gone'

/** One event of a delivery, and what became of it. */
export interface DeliveredEvent {
  kind: string
  /** See `eventIdentity`. */
  id: string
  state: 'accepted' | 'duplicate' | 'spooled' | 'suppressed' | 'stale'
}

export interface DeliveryRecord {
  /** Adder's own name for it, a UUID. */
  id: string
  source: string
  /** The sender's name for it, cut to 200 characters; the same when the sender sends it again. */
  senderId?: string
  /** ISO 8601. */
  receivedAt: string
  state: DeliveryState
  /** Set where the state is `kept` or `refused`. */
  check?: DeliveryCheck
  /** Why, in a sentence that holds no value of the delivery. Set where the state is `kept` or `refused`. */
  reason?: string
  /** The kept delivery whose content this is, where a person had it taken in again. */
  redelivers?: string
  /** Whether a sweep has brought it in, and no webhook. */
  isSwept?: boolean
  /** Empty where the state is `kept` or `refused`. */
  events: readonly DeliveredEvent[]
  /** From the request's last byte to the decision, in milliseconds. */
  ms: number
  /** Set where the state is `kept`. */
  content?: DeliveryContent
}

/** What a delivery said, redacted. */
export interface DeliveryContent {
  /** Credentials, cookies and signatures are masked. */
  headers: Record<string, string>
  /** The parsed body, or its text where it is not JSON. */
  body: unknown
}

/** Where deliveries are recorded. */
export interface Deliveries {
  record(delivery: DeliveryRecord): void | Promise<void>
}
