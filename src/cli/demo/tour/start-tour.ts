import { setTimeout } from 'node:timers/promises'
import type { Observe } from '../../../engine/observation.ts'
import { adfText } from '../../../integrations/jira/adf-text.ts'
import { DemoFailed } from '../demo-failed.ts'
import { findings } from '../stand-ins.ts'
import type { EnrichedTicket, Story } from '../story.ts'
import { findAnsible } from './find-ansible.ts'
import { type Stop, type StopTools, stops } from './stops.ts'
import { startTourStandIns, type TourStandInsOptions } from './tour-stand-ins.ts'

/** How a ticket was told at a stop of the tour. */
export interface VisitedStop {
  stop: Stop['name']
  /** The ticket's key. */
  ticket: string
  /** Its text. */
  comment: string
  /** From what started it to the comment. */
  milliseconds: number
}

export interface Tour {
  observe: Observe
  /**
   * Goes on from the demo's ticket, one stop after the other, and tells of each.
   *
   * @throws DemoFailed at the first stop whose ticket is not told within a minute that all went well.
   */
  visit(first: EnrichedTicket, story: Story): Promise<VisitedStop[]>
  /** Ends what it has started, Ansible's playbook among it. */
  close(): Promise<void>
}

const stopWithinMs = 60_000

/** Has everything ready that the tour visits. Adder has to be started with the tour's project then. */
export async function startTour(options: TourStandInsOptions): Promise<Tour> {
  const { adderUrl, standIns } = options
  const { jira, splunk, adderToken } = standIns
  const own = await startTourStandIns(options)
  // Asked in time, because Python takes a while to start.
  const hasAnsible = findAnsible()
  /** What has to be looked at again whenever something has happened in a run. */
  const looks = new Set<() => void>()
  let fail: (reason: Error) => void = () => undefined
  let underWay: Stop | undefined

  const until: StopTools['until'] = (what) =>
    new Promise((resolve) => {
      const look = (): void => {
        const seen = what()
        if (seen === undefined || seen === false) return
        looks.delete(look)
        resolve(seen)
      }
      looks.add(look)
      look()
    })

  async function post(path: string, body: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${adderToken}` }
    const { status } = await fetch(adderUrl + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (status !== 202) throw new DemoFailed(`Adder answered POST ${path} with ${status}`)
  }

  async function visitStop(stop: Stop, { key }: EnrichedTicket['ticket'], story: Story): Promise<VisitedStop> {
    const startedAt = performance.now()
    const ticket = { key, host: 'mona-laptop', ...findings[0] }
    const before = new Set(jira.issues().flatMap(({ comments }) => comments.map(({ id }) => id)))
    const say = story.starts
    const told = await stop.start({ github: own.github, jira, splunk, ticket, say, until, post })
    const comment = await until(() =>
      told.comments.find(({ id, author }) => !before.has(id) && author === jira.accounts.api),
    )
    const text = adfText(comment.body)
    if (!stop.told.test(text)) throw new DemoFailed(`${told.key} says: ${text}`)
    return {
      stop: stop.name,
      ticket: told.key,
      comment: text,
      milliseconds: Math.round(performance.now() - startedAt),
    }
  }

  /** The stop as it goes, or why it does not. */
  function watched(stop: Stop, visiting: Promise<VisitedStop>): Promise<VisitedStop> {
    const { promise: failed, reject } = Promise.withResolvers<never>()
    fail = reject
    underWay = stop
    const over = new AbortController()
    const late = setTimeout(stopWithinMs, undefined, { signal: over.signal, ref: false }).then(() => {
      throw new DemoFailed(`no ticket says after ${stopWithinMs / 1000} s what came of it`)
    })
    return Promise.race([visiting, failed, late])
      .catch((error) => {
        throw new DemoFailed(`the tour’s stop at ${stop.title}: ${error instanceof Error ? error.message : error}`)
      })
      .finally(() => over.abort())
  }

  return {
    async visit({ ticket }, story) {
      own.registerWebhooks()
      story.tourBegins()
      const visited: VisitedStop[] = []
      for (const stop of stops) {
        if (stop.name === 'ansible' && !(await hasAnsible)) story.leavesOut(ansibleMissing)
        else visited.push(await watched(stop, visitStop(stop, ticket, story)))
      }
      story.tourOver(visited.length)
      return visited
    },

    observe(observation) {
      for (const look of [...looks]) look()
      if (observation.automation !== underWay?.automation) return
      if (observation.kind === 'run failed' || observation.kind === 'waiting') fail(new DemoFailed(observation.reason))
    },

    close: own.close,
  }
}

const ansibleMissing =
  'Ansible is not on this machine, so its stop is left out; apt install ansible-core, or pipx install ansible-core, puts it there'
