import type { JiraStandIn, StandInIssue } from '../../../integrations/jira/stand-in.ts'
import type { SplunkStandIn } from '../../../integrations/splunk/stand-in.ts'
import { DemoFailed } from '../demo-failed.ts'
import type { TourStandIns } from './tour-stand-ins.ts'

/** What people and systems do at a stop, and what they see. */
export interface StopTools extends Pick<TourStandIns, 'github'> {
  jira: JiraStandIn
  splunk: SplunkStandIn
  /** The ticket that the demo has shown, and what it is about. */
  ticket: { key: string; user: string; md5: string; host: string }
  /** Tells who does what. */
  say(text: string): void
  /** Resolves as soon as something in a run has made this true. */
  until<T>(what: () => T | undefined | false): Promise<T>
  /** Calls Adder's API, as a person or a script would. */
  post(path: string, body: unknown): Promise<void>
}

/** One outside system: what has Adder start something there, and how a ticket says what came of it. */
export interface Stop {
  name: 'splunk' | 'ansible' | 'github' | 'jenkins'
  title: string
  /** The automation that does it. */
  automation: string
  /** Has it started, and resolves with the ticket that will be told. */
  start(tools: StopTools): Promise<StandInIssue>
  /** What the ticket is told where all goes well. */
  told: RegExp
}

export const stops: readonly Stop[] = [
  {
    name: 'splunk',
    title: 'Splunk',
    automation: 'sign-ins',
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
      say(`Robin Vega takes ${ticket.key} on, and Adder searches Splunk for sign-ins of ${user}`)
      jira.transitionAsPerson(ticket.key, 'In Progress')
      return issue(jira, ticket.key)
    },
    told: /\d of \d rows/,
  },
  {
    name: 'ansible',
    title: 'Ansible',
    automation: 'block-file',
    async start({ jira, ticket: { key, md5, host }, say }) {
      const text = `block ${md5} on ${host}`
      say(`Robin Vega comments “${text}” on ${key}, and Adder plays a playbook of Ansible`)
      jira.commentAsPerson(key, text)
      return issue(jira, key)
    },
    told: /^State: succeeded$/m,
  },
  {
    name: 'github',
    title: 'GitHub',
    automation: 'code-review',
    async start({ github, jira, say, until }) {
      const { number, repository } = github.openPullRequest({ title: 'Ask for a second factor', files: changed })
      const name = `${repository}#${number}`
      say(`Robin Vega opens the pull request ${name} on GitHub, which needs a review`)
      const review = await until(() => jira.issues().find(({ fields }) => `${fields.summary}`.includes(name)))
      await until(() => review.links.length > 0 && commentsOn(github, number) > 0)
      say(`Robin Vega merges ${name}`)
      github.merge(number)
      return review
    },
    told: /is merged\.$/,
  },
  {
    name: 'jenkins',
    title: 'Jenkins',
    automation: 'scan-host',
    async start({ jira, ticket: { host }, say, until, post }) {
      const path = '/automations/scan-host/runs'
      say(`A script calls POST ${path}, and Adder starts a job of Jenkins that scans ${host}`)
      await post(path, { host })
      return until(() => jira.issues().find(({ fields }) => fields.summary === `Scan of ${host}`))
    },
    told: /^Scan: success$/m,
  },
]

/** Minutes ago, what happened, and from where. */
const signIns: readonly [number, string, string][] = [
  [190, 'success', '198.51.100.23'],
  [41, 'failure', '203.0.113.77'],
  [40, 'success', '203.0.113.77'],
]

const changed = [{ filename: 'src/sign-in.ts', status: 'modified' as const, additions: 34, deletions: 6 }]

function issue(jira: JiraStandIn, key: string): StandInIssue {
  const found = jira.issues().find((each) => each.key === key)
  if (found === undefined) throw new DemoFailed(`${key} is gone`)
  return found
}

function commentsOn(github: TourStandIns['github'], number: number): number {
  return github.issues().find((each) => each.number === number)?.comments.length ?? 0
}
