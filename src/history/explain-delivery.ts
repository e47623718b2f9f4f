import type { ShownDelivery, ShownEvent } from './show-delivery.ts'

/** One question that a delivery has to pass, and how it did. */
export interface DeliveryCheckAnswer {
  question: 'arrived' | 'authentic' | 'readable' | 'taken in'
  /** `not asked`: an earlier answer was no. */
  answer: 'yes' | 'no' | 'not asked'
  detail: string
}

export interface AutomationAnswer {
  automation: string
  /** Whether the event matched it. */
  matched: boolean
  /** The words of the conditions that said no. */
  unmet: readonly string[]
  /** Its last run for this event. */
  run?: { id: string; state: string }
}

export interface EventAnswer {
  id: string
  kind: string
  state: ShownEvent['state']
  /** What that means here, in a sentence. */
  detail: string
  /** What held automations off for it when it came. */
  suppressedBy: ShownEvent['suppressedBy']
  ticket?: { key: string; url: string }
  automations: AutomationAnswer[]
}

/** Why a delivery did, or did not do, what it did. */
export interface Explanation {
  delivery: string
  source: string
  receivedAt: string
  state: ShownDelivery['state']
  checks: DeliveryCheckAnswer[]
  events: EventAnswer[]
}

/** Answers the questions that a person has who waits for a ticket: did it arrive, was it let in, and what did it start? */
export function explainDelivery(delivery: ShownDelivery): Explanation {
  const { id, source, receivedAt, state, events } = delivery
  return { delivery: id, source, receivedAt, state, checks: checks(delivery), events: events.map(explainEvent) }
}

function checks({
  receivedAt,
  ms,
  state,
  check,
  reason = '',
  isFilledIn,
  isSwept,
  events,
}: ShownDelivery): DeliveryCheckAnswer[] {
  const arrived = isFilledIn
    ? `about ${receivedAt}; filled in from the engine after a crash`
    : `${receivedAt}${ms === undefined ? '' : `, decided within ${ms} ms`}`
  const first: DeliveryCheckAnswer = isSwept
    ? { question: 'arrived', answer: 'no', detail: `no webhook brought it; a sweep did, ${arrived}` }
    : { question: 'arrived', answer: 'yes', detail: arrived }
  if (state === 'refused' && check !== 'size') {
    return [
      first,
      { question: 'authentic', answer: 'no', detail: `${check ?? 'check'}: ${reason}` },
      { question: 'readable', answer: 'not asked', detail: 'what is not authentic is not read' },
      { question: 'taken in', answer: 'no', detail: 'nothing of it is kept' },
    ]
  }
  const proof = isSwept ? 'its sender was asked for it' : 'by its token, signature or queue'
  const authentic: DeliveryCheckAnswer = { question: 'authentic', answer: 'yes', detail: proof }
  if (state === 'refused') {
    return [
      first,
      authentic,
      { question: 'readable', answer: 'no', detail: `${check ?? 'check'}: ${reason}` },
      { question: 'taken in', answer: 'no', detail: 'nothing of it is kept' },
    ]
  }
  if (state === 'kept' && check !== 'engine') {
    const rest = check === 'gone' ? 'what is left of it is kept, and' : 'it is kept, and after a fix'
    return [
      first,
      authentic,
      { question: 'readable', answer: 'no', detail: `${check ?? 'check'}: ${reason}` },
      { question: 'taken in', answer: 'no', detail: `${rest} can be redelivered` },
    ]
  }
  const readable: DeliveryCheckAnswer = {
    question: 'readable',
    answer: 'yes',
    detail: 'it has the shape of its source',
  }
  if (state === 'kept') {
    return [first, authentic, readable, { question: 'taken in', answer: 'no', detail: reason }]
  }
  if (state === 'spooled') {
    const detail = 'it is on disk, and handed over as soon as the engine takes it'
    return [first, authentic, readable, { question: 'taken in', answer: 'yes', detail }]
  }
  const count = `${events.length} ${events.length === 1 ? 'event' : 'events'}`
  return [first, authentic, readable, { question: 'taken in', answer: 'yes', detail: `${count}, ${state}` }]
}

function explainEvent(event: ShownEvent): EventAnswer {
  const { id, kind, state, ticket, verdicts, runs, suppressedBy } = event
  const automations = verdicts.map(({ automation, unmet }): AutomationAnswer => {
    const run = runs.findLast((each) => each.automation === automation)
    return {
      automation,
      matched: unmet.length === 0,
      unmet,
      ...(run === undefined ? {} : { run: { id: run.id, state: run.state } }),
    }
  })
  return {
    id,
    kind,
    state,
    detail: sentence(event),
    suppressedBy,
    ...(ticket === undefined ? {} : { ticket }),
    automations,
  }
}

function sentence({ state, toldBy, verdicts, at, suppressedBy }: ShownEvent): string {
  if (state === 'spooled') return 'waits for the engine; what it starts is decided then'
  if (state === 'suppressed')
    return `new; it starts nothing, because ${suppressedBy.map(({ name }) => name).join(' and ')} suppresses it`
  if (state === 'stale') return 'too old to be told apart from a replay, so it starts nothing'
  if (state === 'duplicate') {
    if (toldBy === undefined) return 'known before, so it starts nothing again'
    if ('run' in toldBy) return `told by Adder's own run ${toldBy.run} (${toldBy.automation}) already`
    const when = toldBy.receivedAt === undefined ? '' : ` of ${toldBy.receivedAt}`
    return `the same fact as in delivery ${toldBy.delivery}${when}, so it starts nothing again`
  }
  if (at === undefined) return 'new; the engine has not begun with it'
  const started = verdicts.filter(({ unmet }) => unmet.length === 0).length
  if (started > 0) return `new; it started ${started} ${started === 1 ? 'automation' : 'automations'}`
  if (verdicts.length === 0) return 'new; no automation listens to this kind of event'
  return 'new; no automation matched'
}
