import type { CallOptions } from '../../connectors/effect.ts'
import { parseAnswer, path } from '../../connectors/http-client.ts'
import { contentText } from './content-text.ts'
import type { RtClient } from './rt-client.ts'
import { Attachments, Transactions } from './schema.ts'

/** The transaction that opened a ticket. */
export interface Opening {
  /** The transaction's number. */
  id: string
  /** Its text without markup; empty where it has none. */
  text: string
}

/**
 * What a ticket was opened with; undefined where the first that RT shows of it is not its opening.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html#Transactions
 */
export async function readOpening(
  client: RtClient,
  ticket: string,
  { signal }: CallOptions,
): Promise<Opening | undefined> {
  const query = { fields: 'Type,Creator,Created', orderby: 'id', per_page: 1 }
  const { json } = await client.send({ path: path`/ticket/${ticket}/history`, query, signal })
  const [first] = parseAnswer(Transactions, json, 'Request Tracker: history').items
  if (first?.Type !== 'Create') return undefined
  return { id: first.id, text: await textOf(client, { ticket, transaction: first.id, signal }) }
}

/** The text of a transaction, without markup. */
async function textOf(
  client: RtClient,
  { ticket, transaction, signal }: { ticket: string; transaction: string } & CallOptions,
): Promise<string> {
  // Texts only: the content of each attachment comes along, and screenshots are large.
  const conditions = [
    { field: 'TransactionId', value: transaction },
    { field: 'ContentType', operator: 'STARTSWITH', value: 'text/' },
  ]
  const fields = 'Content,ContentType,TransactionId,Created'
  const query = { query: JSON.stringify(conditions), fields, orderby: 'id' }
  const { json } = await client.send({ path: path`/ticket/${ticket}/attachments`, query, signal })
  const [text] = parseAnswer(Attachments, json, 'Request Tracker: attachments').items
  return contentText(text?.Content, text?.ContentType)
}
