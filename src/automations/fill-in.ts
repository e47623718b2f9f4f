import { hash } from 'node:crypto'
import type { Outcome } from '../connectors/outcome.ts'
import type { Delay } from '../engine/steps.ts'
import type { Document } from '../tickets/document.ts'
import type { TicketRef } from '../tickets/ticketing.ts'
import { noticing } from './noticing.ts'
import type { RunTools } from './run-context.ts'
import { type Line, tellLines } from './tell-lines.ts'
import type { About as Question } from './tell-outcome.ts'
import { throwFaults } from './throw-faults.ts'
import { type Tickets, toDocument } from './tickets.ts'

/** The pause after an edit, in milliseconds, times the edits so far: whoever watches the ticket is told of each. */
const pauseMs = 1000
const maxPauseMs = 30_000

const brokenAnswer = 'its answer could not be shown; the run says why'

export interface FillInOptions extends Pick<RunTools<unknown>, 'sleep' | 'now'> {
  ticket: TicketRef
  questions: readonly Question[]
  /** What the ticket says of values that nobody is asked about. */
  unasked: Document | undefined
  tickets: Tickets
  ask(question: Question, onDelay: (delay: Delay) => void): Promise<Outcome<unknown>>
}

/**
 * Tells a ticket all answers in one comment, which is there before anybody is asked. One edit at a time is under way,
 * and each has everything that is known when it begins; the last one has every outcome.
 */
export async function fillIn({ ticket, questions, unasked, tickets, ask, sleep, now }: FillInOptions): Promise<void> {
  if (questions.length === 0 && unasked === undefined) return
  const lines = questions.map((question): Line => ({ ...question, state: { kind: 'asking' } }))
  let written = tellLines(lines, unasked)
  const comment = await tickets.comment(ticket, written, { name: 'answers' })
  let news = Promise.withResolvers<void>()
  const faults: unknown[] = []
  const asking = Promise.all(lines.map((line) => answer(line)))

  for (let edits = 1, isWhole = lines.length === 0; !isWhole; edits += 1) {
    await news.promise
    const at = new Date(await now()).toISOString()
    // From here to the edit nothing else happens.
    news = Promise.withResolvers<void>()
    isWhole = !lines.some(isOpen)
    for (const line of lines) if (!isOpen(line)) line.at ??= at
    const body = tellLines(lines, unasked)
    if (digest(body) !== digest(written)) {
      // Named by what it says: where changed code starts over, other words are another edit.
      await tickets.editComment(ticket, comment, body, { name: `answers ${edits} ${digest(body)}` })
      written = body
    }
    await Promise.race([asking, sleep(Math.min(edits * pauseMs, maxPauseMs))])
  }
  throwFaults(faults)

  async function answer(line: Line): Promise<void> {
    const delayed = noticing((delay) => {
      if (!isOpen(line)) return
      line.state = { kind: 'delayed', delay }
      news.resolve()
    })
    try {
      const outcome = await ask(line, delayed)
      if ('askedAt' in outcome && typeof outcome.askedAt === 'string') line.at = outcome.askedAt
      if (outcome.kind === 'found') line.told = toDocument(line.enrichment.tell(outcome.value, line.observable.value))
      line.state = outcome
    } catch (error) {
      faults.push(error)
      line.state = { kind: 'failed', code: 'run.failed', reason: brokenAnswer }
    }
    news.resolve()
  }
}

function isOpen({ state: { kind } }: Line): boolean {
  return kind === 'asking' || kind === 'delayed'
}

function digest(body: Document): string {
  return hash('sha256', JSON.stringify(body), 'hex')
}
