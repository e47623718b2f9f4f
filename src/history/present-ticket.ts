import { type RawBuilder, sql } from 'kysely'

/**
 * What people call a ticket today, by the last event about it: a ticket that is moved to another project gets another
 * key, and its id stays.
 *
 * @param ticketId a column, or a query of one value.
 */
export function presentTicket(column: 'ticket_key' | 'ticket_url', ticketId: RawBuilder<string | null>) {
  const told = sql.ref(`told.${column}`)
  return sql<
    string | null
  >`(select ${told} from events as told where told.ticket_id = ${ticketId} order by told.happened_at desc limit 1)`
}
