import type { Observe } from '../../../engine/observation.ts'
import { adfText } from '../../../integrations/jira/adf-text.ts'
import type { StandInIssue } from '../../../integrations/jira/stand-in.ts'
import { DemoFailed } from '../demo-failed.ts'
import { findings } from '../stand-ins.ts'
import type { EnrichedTicket, Story } from '../story.ts'
import { findAnsible } from './find-ansible.ts'
import { runWatcher } from './run-watcher.ts'
import { type StopTools, stops } from './stops.ts'
import { startTourStandIns, type TourStandInsOptions } from './tour-stand-ins.ts'
import { type Visit, type VisitedStop, visitStop } from './visit-stop.ts'

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

  return {
    observe,
    close,
    async visit({ ticket: { key } }, story) {
      const ticket = { key, ...about(jira.issues().find((issue) => issue.key === key)) }
      registerWebhooks()
      story.tourBegins()
      const tools: StopTools = { github, jira, splunk, ticket, until, post, say: story.starts }
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

function about(ticket: StandInIssue | undefined): (typeof findings)[number] {
  const description = adfText(ticket?.fields.description)
  return findings.find(({ md5 }) => description.includes(md5)) ?? findings[0]
}
