import type { Delay } from '../engine/steps.ts'
import { type BoundedObservables, boundedObservablesIn, boundedObservablesOf } from '../observables/observables.ts'
import type { Document } from '../tickets/document.ts'
import type { TicketRef } from '../tickets/ticketing.ts'
import type { Telling } from './automation.ts'
import type { BindOptions } from './bind-connectors.ts'
import type { Enrichment } from './enrichment.ts'
import { fillIn } from './fill-in.ts'
import { isKept } from './keep-own.ts'
import { noticing } from './noticing.ts'
import type { Connectors } from './register.ts'
import type { RunTools } from './run-context.ts'
import { type About as Question, tellDelay, tellKept, tellMore, tellOutcome } from './tell-outcome.ts'
import { throwFaults } from './throw-faults.ts'
import type { TicketCreated } from './ticket-events.ts'
import type { Tickets } from './tickets.ts'

export interface EnrichOptions {
  enrichments: readonly Enrichment[]
  event: TicketCreated
  tickets: Tickets
  /** The connectors for one branch, telling why an answer takes long. */
  connectors(options: BindOptions): Connectors
  /** Default: a comment for each. */
  tell?: Telling | undefined
  sleep: RunTools<unknown>['sleep']
  now: RunTools<unknown>['now']
}

/**
 * Asks every enrichment about every observable of a new ticket, each in a branch of its own, and comments what they
 * say. A branch that waits or fails holds up no other.
 */
export async function enrich({
  enrichments,
  event,
  tickets,
  connectors,
  tell,
  ...tools
}: EnrichOptions): Promise<void> {
  const { observables, more } = observablesFor(event)
  const questions = enrichments.flatMap((enrichment) =>
    observables.filter(({ kind }) => enrichment.of.includes(kind)).map((observable) => ({ enrichment, observable })),
  )
  const unasked = tellMore(new Map([...more].filter(([kind]) => enrichments.some((each) => each.of.includes(kind)))))
  if (tell === 'one comment') {
    const ask = ({ enrichment, observable }: Question, onDelay: (delay: Delay) => void) =>
      enrichment.ask(observable.value, connectors({ onDelay, freshFor: enrichment.freshFor }))
    return fillIn({ ...tools, ticket: event.ticket, questions, unasked, tickets, ask })
  }
  const kept: Question[] = []
  const comments = questions.map((question) => answer({ ...question, ticket: event.ticket, tickets, connectors, kept }))
  if (unasked !== undefined) comments.push(commentOnce(event.ticket, unasked, tickets))
  const settled = await Promise.allSettled(comments)
  if (kept.length > 0) await tickets.comment(event.ticket, tellKept(kept), { name: 'kept' })
  throwFaults(settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))) // any
}

async function commentOnce(ticket: TicketRef, body: Document, tickets: Tickets): Promise<void> {
  await tickets.comment(ticket, body, { name: 'not asked about' })
}

/** From the alert that Adder holds; from the ticket's text only where a person wrote it. */
function observablesFor({ alert, marker, summary, description }: TicketCreated): BoundedObservables {
  if (alert !== undefined) return boundedObservablesOf(alert)
  return boundedObservablesIn(marker === undefined ? `${summary}\n${description}` : '')
}

interface Asked extends Question, Pick<EnrichOptions, 'tickets' | 'connectors'> {
  ticket: TicketRef
  /** Told what nobody was asked about. */
  kept: Question[]
}

async function answer({ enrichment, observable, ticket, tickets, connectors, kept }: Asked): Promise<void> {
  const about = `${enrichment.name} ${observable.kind} ${observable.value}`
  const slow = Promise.withResolvers<Delay>()
  const asking = enrichment.ask(
    observable.value,
    connectors({ onDelay: noticing(slow.resolve), freshFor: enrichment.freshFor }),
  )
  const first = await Promise.race([asking, slow.promise.then((delay) => ({ kind: 'delayed' as const, delay }))])
  if (first.kind !== 'delayed' && isKept(first)) {
    kept.push({ enrichment, observable })
    return
  }
  if (first.kind !== 'delayed') {
    await tickets.comment(ticket, tellOutcome(first, { enrichment, observable }), { name: about })
    return
  }
  const comment = await tickets.comment(ticket, tellDelay(first.delay, { enrichment, observable }), { name: about })
  await tickets.editComment(ticket, comment, tellOutcome(await asking, { enrichment, observable }), { name: about })
}
