import type { Outcome } from '../connectors/outcome.ts'
import type { Delay } from '../engine/steps.ts'
import { type Block, type Document, heading, link, paragraph } from '../tickets/document.ts'
import type { TicketRef } from '../tickets/ticketing.ts'
import type { Enrichment } from './enrichment.ts'
import { type Observable, observablesIn, observablesOf } from './observables.ts'
import type { Connectors } from './register.ts'
import type { TicketCreated } from './ticket-events.ts'
import { type Tickets, toDocument } from './tickets.ts'

/** After this many attempts without an answer, or for a wait of this many milliseconds, the ticket says so. */
const delaysBeforeNotice = 4
const waitBeforeNoticeMs = 10_000

export interface EnrichOptions {
  enrichments: readonly Enrichment[]
  event: TicketCreated
  tickets: Tickets
  /** The connectors for one branch, telling why an answer takes long. */
  connectors(onDelay: (delay: Delay) => void): Connectors
}

/**
 * Asks every enrichment about every observable of a new ticket, each in a branch of its own, and comments what they
 * say. A branch that waits or fails holds up no other.
 */
export async function enrich({ enrichments, event, tickets, connectors }: EnrichOptions): Promise<void> {
  const known = observables(event)
  const questions = enrichments.flatMap((enrichment) =>
    known.filter(({ kind }) => enrichment.of.includes(kind)).map((observable) => ({ enrichment, observable })),
  )
  const settled = await Promise.allSettled(
    questions.map((question) => answer({ ...question, ticket: event.ticket, tickets, connectors })),
  )
  const failed = settled.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** From the alert that Adder holds; from the ticket's text only where a person wrote it. */
function observables({ alert, marker, summary, description }: TicketCreated): Observable[] {
  if (alert !== undefined) return observablesOf(alert)
  return marker === undefined ? observablesIn(`${summary}\n${description}`) : []
}

interface Question extends Pick<EnrichOptions, 'tickets' | 'connectors'> {
  enrichment: Enrichment
  observable: Observable
  ticket: TicketRef
}

async function answer({ enrichment, observable, ticket, tickets, connectors }: Question): Promise<void> {
  const about = `${enrichment.name} ${observable.kind} ${observable.value}`
  const slow = Promise.withResolvers<Delay>()
  const asking = enrichment.ask(observable.value, connectors(noticing(slow.resolve)))
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

interface About {
  enrichment: Enrichment
  observable: Observable
}

function tellOutcome(outcome: Outcome<unknown>, about: About): Document {
  const { enrichment, observable } = about
  switch (outcome.kind) {
    case 'found':
      return [title(about), ...toDocument(enrichment.tell(outcome.value, observable.value))]
    case 'not_found':
      return [title(about), paragraph(`${enrichment.title} was asked and does not know this ${noun(observable)}.`)]
    case 'rate_limited':
      return [
        title(about),
        paragraph(
          `${enrichment.title} could not be asked: its quota is used up${outcome.until === undefined ? '' : ` until ${shownTime(outcome.until)}`}.`,
        ),
        ...byHand(about),
      ]
    case 'failed':
      return [
        title(about),
        paragraph(`${enrichment.title} could not be asked: ${why(outcome, about)}.`),
        ...byHand(about),
      ]
  }
}

function tellDelay({ isQuota, reason, until }: Delay, about: About): Document {
  const cause = isQuota ? 'its quota is used up' : why({ reason }, about)
  const next = `It is asked again by itself${until === undefined ? '' : `, at ${shownTime(until)}`}, and this comment then says what it answered.`
  return [
    title(about),
    paragraph(`${about.enrichment.title} could not be asked yet: ${cause}. ${next}`),
    ...byHand(about),
  ]
}

/** The reason without the name of who was asked, which the sentence has already, and without a full stop of its own. */
function why({ reason }: { reason: string }, { enrichment }: About): string {
  const prefix = `${enrichment.title}: `
  return (reason.startsWith(prefix) ? reason.slice(prefix.length) : reason).replace(/\.$/, '')
}

function title({ enrichment, observable }: About): Block {
  return heading(`${enrichment.title}: ${observable.value}`)
}

function byHand({ enrichment, observable }: About): Block[] {
  const url = enrichment.byHand?.(observable.value)
  return url === undefined ? [] : [paragraph('Look it up by hand: ', link(url))]
}

function noun({ kind }: Observable): string {
  return kind === 'user' ? 'user' : 'file'
}

/** `2026-11-24 14:10 UTC`: people in several zones read one ticket. */
function shownTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
