import { setTimeout } from 'node:timers/promises'
import type { Observe } from '../../../engine/observation.ts'
import { adfText } from '../../../integrations/jira/adf-text.ts'
import type { StandInIssue } from '../../../integrations/jira/stand-in.ts'
import { DemoFailed } from '../demo-failed.ts'
import { findings } from '../stand-ins.ts'
import type { EnrichedTicket, Story } from '../story.ts'
import { findAnsible } from './find-ansible.ts'
import { runWatcher } from './run-watcher.ts'
import { type Stop, type StopTools, stops } from './stops.ts'
import { startTourStandIns, type TourStandInsOptions } from './tour-stand-ins.ts'

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

export interface Tour {
  observe: Observe
  /**
   * Goes on from the demo's ticket, one stop after the other, and tells of each; what takes long is followed meanwhile.
   *
   * @throws DemoFailed at the first stop whose ticket is not told within a minute that all went well.
   */
  visit(first: EnrichedTicket, story: Story): Promise<VisitedStop[]>
  /** Ends what it has started, Ansible's playbook among it. */
  close(): Promise<void>
}

interface Visit {
  /** Resolves when the ticket is told. */
  telling: Promise<VisitedStop>
  /** Resolves when the tour may go on. */
  untilNext: Promise<unknown>
}

const stopWithinMs = 60_000
const ansibleMissing =
  'This machine has no Ansible, so its stop is left out. “apt install ansible-core” or “pipx install ansible-core” puts it there.'
const mqttMissing = 'The Roomba is left out: its connector needs the package mqtt, “npm install mqtt@5”.'

/** Has everything ready that the tour visits. Adder has to be started with the tour's project then. */
export async function startTour(options: TourStandInsOptions): Promise<Tour> {
  const { adderUrl, standIns } = options
  const { jira, splunk, adderToken } = standIns
  const { github, robot, registerWebhooks, close } = await startTourStandIns(options)
  const { observe, until } = runWatcher()
  // Asked in time, because Python takes a while to start.
  const hasAnsible = findAnsible()

  async function post(path: string, body: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${adderToken}` }
    const { status } = await fetch(adderUrl + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (status !== 202) throw new DemoFailed(`Adder answered POST ${path} with ${status}`)
  }

  function visitStop(stop: Stop, tools: StopTools): Visit {
    const startedAt = performance.now()
    const before = new Set(jira.issues().flatMap(({ comments }) => comments.map(({ id }) => id)))
    const starting = stop.start(tools)
    const telling = withFailures(
      stop,
      starting.then(async (ticket) => {
        const comment = await lastComment(stop, ticket, before)
        return { stop: stop.name, ticket: ticket.key, comment, milliseconds: Math.round(performance.now() - startedAt) }
      }),
    )
    // What follows waits for it in the end, too.
    telling.catch(() => undefined)
    return { telling, untilNext: stop.isFollowed ? Promise.race([starting, telling]) : telling }
  }

  /** Resolves when the run has ended that the ticket is told by. */
  async function lastComment(
    { automations, isWell }: Stop,
    { key, comments }: StandInIssue,
    before: ReadonlySet<string>,
  ): Promise<string> {
    const { body } = await until((happened) => {
      const isEnd = happened?.kind === 'run finished' && happened.automation === automations.at(-1)
      return isEnd && comments.findLast(({ id, author }) => !before.has(id) && author === jira.accounts.api)
    })
    const comment = adfText(body)
    return isWell.test(comment) ? comment : failed(`${key} says: ${comment}`)
  }

  /** A visit as it goes, or why it does not. */
  async function withFailures(stop: Stop, visit: Promise<VisitedStop>): Promise<VisitedStop> {
    const left = new AbortController()
    const late = setTimeout(stopWithinMs, undefined, { signal: left.signal, ref: false })
    try {
      return await Promise.race([
        visit,
        failureOf(stop, left.signal),
        late.then(() => failed(`no ticket says after ${stopWithinMs / 1000} s what came of it`)),
      ])
    } catch (error) {
      throw new DemoFailed(`the tour’s stop at ${stop.title}: ${error instanceof Error ? error.message : error}`)
    } finally {
      left.abort()
    }
  }

  async function failureOf({ automations }: Stop, signal: AbortSignal): Promise<never> {
    const reason = await until(
      (happened) =>
        (happened?.kind === 'run failed' || happened?.kind === 'waiting') &&
        automations.includes(happened.automation ?? '') &&
        happened.reason,
      signal,
    )
    return failed(reason)
  }

  return {
    observe,
    close,
    async visit({ ticket: { key } }, story) {
      const ticket = { key, ...about(jira.issues().find((issue) => issue.key === key)) }
      registerWebhooks()
      story.tourBegins()
      const tools = { github, jira, splunk, ticket, until, post, say: story.starts }
      const visits: Visit[] = []
      for (const stop of stops) {
        if (stop.name === 'ansible' && !(await hasAnsible)) story.leavesOut(ansibleMissing)
        else if (stop.name === 'roomba' && robot === undefined) story.leavesOut(mqttMissing)
        else {
          const visit = visitStop(stop, tools)
          visits.push(visit)
          await visit.untilNext
        }
      }
      const visited = await Promise.all(visits.map(({ telling }) => telling))
      story.tourOver()
      return visited
    },
  }
}

function failed(reason: string): never {
  throw new DemoFailed(reason)
}

function about(ticket: StandInIssue | undefined): (typeof findings)[number] {
  const description = adfText(ticket?.fields.description)
  return findings.find(({ md5 }) => description.includes(md5)) ?? findings[0]
}
