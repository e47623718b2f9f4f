import { setTimeout } from 'node:timers/promises'
import { adfText } from '../../../integrations/jira/adf-text.ts'
import type { StandInIssue } from '../../../integrations/jira/stand-in.ts'
import { DemoFailed } from '../demo-failed.ts'
import type { Stop, StopTools } from './stops.ts'

/** How a ticket was told at a stop of the tour. */
export interface VisitedStop {
  stop: Stop['name']
  /** The ticket's key. */
  ticket: string
  /** The comment's text. */
  comment: string
  /** From what started it to the end of its run. */
  milliseconds: number
}

export interface Visit {
  /** Resolves when the ticket is told; rejects with DemoFailed where it is not told within a minute that all went well. */
  telling: Promise<VisitedStop>
  /** Resolves when the tour may go on. */
  untilNext: Promise<unknown>
}

const withinMs = 60_000

export function visitStop(stop: Stop, tools: StopTools): Visit {
  const starting = stop.start(tools)
  const telling = withFailures({ stop, tools, telling: told({ stop, tools, starting }) })
  // Of what is followed it is asked in the end alone.
  telling.catch(() => undefined)
  return { telling, untilNext: stop.isFollowed ? Promise.race([starting, telling]) : telling }
}

interface Told {
  stop: Stop
  tools: StopTools
  starting: Promise<StandInIssue>
}

/** Resolves when the run has ended that the ticket is told by. */
async function told({ stop, tools, starting }: Told): Promise<VisitedStop> {
  const { jira, until } = tools
  const startedAt = performance.now()
  const before = new Set(jira.issues().flatMap(({ comments }) => comments.map(({ id }) => id)))
  const ticket = await starting
  const { body } = await until((happened) => {
    const isEnd = happened?.kind === 'run finished' && happened.automation === stop.automations.at(-1)
    return isEnd && ticket.comments.findLast(({ id, author }) => !before.has(id) && author === jira.accounts.api)
  })
  const comment = adfText(body)
  if (!stop.isWell.test(comment)) throw new DemoFailed(`${ticket.key} says: ${comment}`)
  return { stop: stop.name, ticket: ticket.key, comment, milliseconds: Math.round(performance.now() - startedAt) }
}

interface Telling extends Omit<Told, 'starting'> {
  telling: Promise<VisitedStop>
}

/** What is told as it is, or why it is not. */
async function withFailures({ stop, tools, telling }: Telling): Promise<VisitedStop> {
  const left = new AbortController()
  const late = setTimeout(withinMs, undefined, { signal: left.signal, ref: false }).then(() =>
    failed(`no ticket says after ${withinMs / 1000} s what came of it`),
  )
  try {
    return await Promise.race([telling, late, failureOf(stop, tools, left.signal)])
  } catch (error) {
    return failed(`the tour’s stop at ${stop.title}: ${error instanceof Error ? error.message : error}`)
  } finally {
    left.abort()
  }
}

async function failureOf({ automations }: Stop, { until }: StopTools, signal: AbortSignal): Promise<never> {
  const reason = await until(
    (happened) =>
      (happened?.kind === 'run failed' || happened?.kind === 'waiting') &&
      automations.includes(happened.automation ?? '') &&
      happened.reason,
    signal,
  )
  return failed(reason)
}

function failed(reason: string): never {
  throw new DemoFailed(reason)
}
