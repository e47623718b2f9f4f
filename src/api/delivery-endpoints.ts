import * as z from 'zod'
import { type Endpoint, endpoint } from '../endpoints/endpoint.ts'
import { oneOf, string } from '../endpoints/fields.ts'
import { token } from '../endpoints/token.ts'
import { explainDelivery } from '../history/explain-delivery.ts'
import type { History } from '../history/history.ts'
import { listDeliveries } from '../history/list-deliveries.ts'
import { recordAction } from '../history/record-action.ts'
import { type ShownDelivery, showDelivery } from '../history/show-delivery.ts'
import type { DeliveryRecord } from '../intake/delivery.ts'
import type { Redeliver } from '../intake/redeliver.ts'
import { cursorOf, idField, pageFields, pageOut, since } from './fields.ts'
import { conflict, noSuch, wholeId } from './problems.ts'
import { Delivery, DeliveryPage, deliveryStates, Explanation, eventStates } from './shapes.ts'

export interface DeliveryEndpointsOptions {
  history: History
  /** What a kept delivery said; undefined where it is not kept any more. */
  readKept(delivery: { id: string; receivedAt: string }): Promise<DeliveryRecord | undefined>
  redeliver: Redeliver
}

const Redelivered = z.object({
  delivery: z.string().describe('The new delivery.'),
  events: z.array(z.object({ kind: z.string(), id: z.string(), state: oneOf(eventStates) })),
})

/** `/api/deliveries`: what arrived, what became of it and why, and taking in again what was kept. */
export function deliveryEndpoints({ history, readKept, redeliver }: DeliveryEndpointsOptions): Endpoint[] {
  const tags = ['history']
  const read = token('history:read')
  const params = { delivery: idField('delivery') }

  const ls = endpoint({
    method: 'GET',
    path: '/api/deliveries',
    summary: 'List deliveries, the newest first',
    tags,
    auth: read,
    query: { ...pageFields, state: oneOf(deliveryStates).optional(), source: string({ max: 64 }).optional(), since },
    output: DeliveryPage,
    run: async ({ query: { limit, after, state, source, since: from } }) =>
      pageOut(
        await history.ask((db) =>
          listDeliveries(db, { limit, after: cursorOf(after), state, source, since: from?.getTime() }),
        ),
      ),
  })

  const show = endpoint({
    method: 'GET',
    path: '/api/deliveries/:delivery',
    summary: 'Show a delivery, with its events, their runs, and what it said where it was kept',
    tags,
    auth: read,
    params,
    output: Delivery,
    run: async ({ params: { delivery } }) => {
      const shown = await find(delivery)
      const content = shown.state === 'kept' ? (await readKept(shown))?.content : undefined
      return { ...shown, ...(content === undefined ? {} : { content }) }
    },
  })

  const why = endpoint({
    method: 'GET',
    path: '/api/deliveries/:delivery/why',
    summary: 'Explain what a delivery did or did not start',
    tags,
    auth: read,
    params,
    output: Explanation,
    run: async ({ params: { delivery } }) => explainDelivery(await find(delivery)),
  })

  const again = endpoint({
    method: 'POST',
    path: '/api/deliveries/:delivery/redelivery',
    summary: 'Take a kept delivery in again, after a fix',
    description: 'Answers as the hook itself would: 202, or why it still can not be taken in.',
    tags,
    auth: token('runs:write'),
    params,
    status: 202,
    output: Redelivered,
    run: async ({ params: { delivery }, caller }) => {
      const shown = await find(delivery)
      if (shown.state !== 'kept')
        throw conflict({
          code: 'deliveries.not_kept',
          detail: `Only kept deliveries can be redelivered; this one is ${shown.state}.`,
        })
      const kept = await readKept(shown)
      if (kept === undefined)
        throw conflict({ code: 'deliveries.content_gone', detail: 'What it said is not kept any more.' })
      const receipt = await redeliver(kept)
      await history.ask((db) =>
        recordAction(db, { caller: caller?.name ?? '', action: 'redeliver', delivery: shown.id }),
      )
      return receipt
    },
  })

  return [ls, show, why, again]

  async function find(start: string): Promise<ShownDelivery> {
    const id = await wholeId(history, 'deliveries', start)
    const shown = await history.ask((db) => showDelivery(db, id))
    if (shown === undefined) throw noSuch('delivery')
    return shown
  }
}
