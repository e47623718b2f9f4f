import type { Delay } from '../engine/steps.ts'
import type { Document } from '../tickets/document.ts'
import type { TicketRef } from '../tickets/ticketing.ts'
import type { BindOptions } from './bind-connectors.ts'
import type { Enrichment } from './enrichment.ts'
import { type BoundedObservables, boundedObservablesIn, boundedObservablesOf, type Observable } from './observables.ts'
import type { Connectors } from './register.ts'
import { tellDelay, tellMore, tellOutcome } from './tell-outcome.ts'
import type { TicketCreated } from './ticket-events.ts'
import type { Tickets } from './tickets.ts'

/** After this many attempts without an answer, or for a wait of this many milliseconds, the ticket says so. */
const delaysBeforeNotice = 4
const waitBeforeNoticeMs = 10_000

export interface EnrichOptions {
  enrichments: readonly Enrichment[]
  event: TicketCreated
  tickets: Tickets
  /** The connectors for one branch, telling why an answer takes long. */
  connectors(options: BindOptions): Connectors
}

/**
 * Asks every enrichment about every observable of a new ticket, each in a branch of its own, and comments what they
 * say. A branch that waits or fails holds up no other.
 */
export async function enrich({ enrichments, event, tickets, connectors }: EnrichOptions): Promise<void> {
  const { observables, more } = observablesFor(event)
  const questions = enrichments.flatMap((enrichment) =>
    observables.filter(({ kind }) => enrichment.of.includes(kind)).map((observable) => ({ enrichment, observable })),
  )
  const unasked = tellMore(new Map([...more].filter(([kind]) => enrichments.some((each) => each.of.includes(kind)))))
  const comments = questions.map((question) => answer({ ...question, ticket: event.ticket, tickets, connectors }))
  if (unasked !== undefined) comments.push(commentOnce(event.ticket, unasked, tickets))
  throwFailures(await Promise.allSettled(comments))
}

async function commentOnce(ticket: TicketRef, body: Document, tickets: Tickets): Promise<void> {
  await tickets.comment(ticket, body, { name: 'not asked about' })
}

/** Throws the only failure as it is, or all of them in one that says each. */
function throwFailures(settled: readonly PromiseSettledResult<void>[]): void {
  const reasons = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : [])) // any
  if (reasons.length === 1) throw reasons[0]
  if (reasons.length > 1) {
    const said = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason)))
    throw new AggregateError(reasons, `${reasons.length} comments failed: ${said.join('; ')}`)
  }
}

/** From the alert that Adder holds; from the ticket's text only where a person wrote it. */
function observablesFor({ alert, marker, summary, description }: TicketCreated): BoundedObservables {
  if (alert !== undefined) return boundedObservablesOf(alert)
  return boundedObservablesIn(marker === undefined ? `${summary}\n${description}` : '')
}

interface Question extends Pick<EnrichOptions, 'tickets' | 'connectors'> {
  enrichment: Enrichment
  observable: Observable
  ticket: TicketRef
}

async function answer({ enrichment, observable, ticket, tickets, connectors }: Question): Promise<void> {
  const about = `${enrichment.name} ${observable.kind} ${observable.value}`
  const slow = Promise.withResolvers<Delay>()
  const asking = enrichment.ask(
    observable.value,
    connectors({ onDelay: noticing(slow.resolve), freshFor: enrichment.freshFor }),
  )
  const first = await Promise.race([asking, slow.promise.then((delay) => ({ kind: 'delayed' as const, delay }))])
  if (first.kind !== 'delayed') {
    await tickets.comment(ticket, tellOutcome(first, { enrichment, observable }), { name: about })
    return
  }
  const comment = await tickets.comment(ticket, tellDelay(first.delay, { enrichment, observable }), { name: about })
  await tickets.editComment(ticket, comment, tellOutcome(await asking, { enrichment, observable }), { name: about })
}

function noticing(notice: (delay: Delay) => void): (delay: Delay) => void {
  let delays = 0
  return (delay) => {
    delays += 1
    if (delays >= delaysBeforeNotice || delay.waitMs >= waitBeforeNoticeMs) notice(delay)
  }
}
