import type { JiraStandIn, StandInIssue } from '../../../integrations/jira/stand-in.ts'
import type { SplunkStandIn } from '../../../integrations/splunk/stand-in.ts'
import { DemoFailed } from '../demo-failed.ts'
import type { RunWatcher } from './run-watcher.ts'
import type { TourStandIns } from './tour-stand-ins.ts'

/** What people and systems do at a stop, and what they see. */
export interface StopTools extends Pick<TourStandIns, 'github'> {
  jira: JiraStandIn
  splunk: SplunkStandIn
  /** The ticket that the demo has shown, and what it is about. */
  ticket: { key: string; user: string; md5: string }
  /** Tells who does what. */
  say(text: string): void
  until: RunWatcher['until']
  /** Calls Adder's API, as a person or a script would. */
  post(path: string, body: unknown): Promise<void>
}

/** One outside system: what has Adder start something there, and how a ticket says what came of it. */
export interface Stop {
  name: 'splunk' | 'ansible' | 'github' | 'jenkins' | 'roomba'
  title: string
  /** The automations that do it; with the last one's run it is over. */
  automations: readonly string[]
  /** It takes some seconds, and the tour goes on meanwhile. */
  isFollowed?: boolean
  /** Has it started, and resolves with the ticket that will be told. */
  start(tools: StopTools): Promise<StandInIssue>
  /** What the ticket is told where all goes well. */
  isWell: RegExp
}

/** Where MockScan finds everything in the demo; for Ansible this machine stands in for it. */
const host = 'mona-laptop'

export const stops: readonly Stop[] = [
  {
    name: 'splunk',
    title: 'Splunk',
    automations: ['sign-ins'],
    async start({ splunk, jira, ticket, say }) {
      const { user, md5 } = ticket
      for (const [minutes, action, src] of signIns)
        splunk.addLog({
          user,
          md5,
          sourcetype: 'vpn',
          time: new Date(Date.now() - minutes * 60_000),
          fields: { action, src },
        })
      say(`Robin Vega takes ${ticket.key} on: Adder searches Splunk for ${user}’s sign-ins`)
      jira.transitionAsPerson(ticket.key, 'In Progress')
      return issue(jira, ticket.key)
    },
    isWell: /\d of \d rows/,
  },
  {
    name: 'ansible',
    title: 'Ansible',
    automations: ['block-file'],
    isFollowed: true,
    async start({ jira, ticket: { key, md5 }, say }) {
      const text = `block ${md5} on ${host}`
      say(`Robin Vega comments on ${key}, “${text}”: Adder plays a playbook of Ansible`)
      jira.commentAsPerson(key, text)
      return issue(jira, key)
    },
    isWell: /^State: succeeded$/m,
  },
  {
    name: 'github',
    title: 'GitHub',
    automations: ['code-review'],
    async start({ github, jira, say, until }) {
      const { number, repository } = github.openPullRequest({ title: 'Ask for a second factor', files: changed })
      const name = `${repository}#${number}`
      say(`Robin Vega opens the pull request ${name} on GitHub`)
      const review = await until(() => jira.issues().find(({ fields }) => `${fields.summary}`.includes(name)))
      await until(() => review.links.length > 0 && commentsOn(github, number) > 0)
      jira.transitionAsPerson(review.key, 'In Progress')
      say(`Robin Vega reviews and merges ${name}`)
      github.merge(number)
      return review
    },
    isWell: /is merged\.$/,
  },
  {
    name: 'jenkins',
    title: 'Jenkins',
    automations: ['scan-host'],
    isFollowed: true,
    async start({ jira, say, until, post }) {
      const path = '/automations/scan-host/runs'
      say(`A script calls POST ${path}: Adder starts a job of Jenkins`)
      await post(path, { host })
      return until(() => jira.issues().find(({ fields }) => fields.summary === `Scan of ${host}`))
    },
    isWell: /^Scan: success$/m,
  },
  {
    name: 'roomba',
    title: 'the Roomba',
    automations: ['clean-floor', 'send-home'],
    async start({ jira, say, until }) {
      const ticket = jira.createAsPerson({ summary: 'Crumbs in the war room', type: 'Cleaning' })
      say(`Robin Vega opens ${ticket.key}, of the type Cleaning: Adder starts the Roomba`)
      await until(() => ticket.comments.length > 0)
      say(`Robin Vega closes ${ticket.key}: Adder sends the Roomba home`)
      for (const status of ['In Progress', 'Done']) jira.transitionAsPerson(ticket.key, status)
      return ticket
    },
    isWell: /^Roomba: (?:returning|docked)$/,
  },
]

/** Minutes ago, what happened, and from where. */
const signIns: readonly [number, string, string][] = [
  [190, 'success', '198.51.100.23'],
  [41, 'failure', '203.0.113.77'],
  [40, 'success', '203.0.113.77'],
]

const changed = [
  { filename: 'src/sign-in.ts', status: 'modified' as const, additions: 34, deletions: 6 },
  { filename: 'src/sign-in.test.ts', status: 'modified' as const, additions: 41, deletions: 0 },
]

function issue(jira: JiraStandIn, key: string): StandInIssue {
  const found = jira.issues().find((each) => each.key === key)
  if (found === undefined) throw new DemoFailed(`${key} is gone`)
  return found
}

function commentsOn(github: TourStandIns['github'], number: number): number {
  return github.issues().find((each) => each.number === number)?.comments.length ?? 0
}
