import type { IncomingHttpHeaders } from 'node:http'
import type { CallOptions } from '../connectors/effect.ts'
import type { Secrets } from '../secrets/secret.ts'
import type { NextCall } from './sweep.ts'

/**
 * A queue that Adder reads itself, in the place of a hook. Who may write into it is up to its broker, so whatever is in
 * it is authentic.
 */
export interface QueueDefinition {
  kind: 'queue'
  /** Of Adder's account at the broker. */
  secrets: Secrets
  /** Which queue it is, and where, for people: `alerts at mq.acme.example`. */
  where: string
  connect(): Queue
}

/** A queue that can be read. What it throws is a connector's error. */
export interface Queue {
  /**
   * Opens a connection and reads until the signal is aborted, a bounded number of messages at once. Each is acknowledged
   * when `take` has resolved, and given back where it did not resolve. After the abort those under way have half a
   * second, and it resolves within one, whatever the broker does. Rejects where the connection can't be opened or breaks; what was not acknowledged comes again.
   */
  read(take: TakeMessage, call: CallOptions): Promise<void>
  /**
   * Asks whether there is such a queue for Adder's account; takes nothing out of it.
   *
   * @returns what would keep it from being read, each in a sentence that says what to do.
   */
  probe(call: NextCall): Promise<readonly string[]>
}

/** What a queue holds: a delivery that was not sent to Adder but fetched. */
export interface QueueMessage {
  /** What the message says besides its body, by the names of HTTP: `content-type`, `message-id`. */
  headers: IncomingHttpHeaders
  body: Buffer
}

/**
 * What becomes of a message: `taken`, and it is out of the queue; `refused`, and it must not come again, so that the
 * queue's own dead letters get it; or `left`, and it is given back to the queue. Never rejects.
 *
 * @param call aborted when it can't be acknowledged any more.
 */
export type TakeMessage = (message: QueueMessage, call: CallOptions) => Promise<'taken' | 'refused' | 'left'>
