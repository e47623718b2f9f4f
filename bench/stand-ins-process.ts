import { randomBytes } from 'node:crypto'
import { startDirectory } from '../src/integrations/active-directory/stand-in.ts'
import { startJira } from '../src/integrations/jira/stand-in.ts'
import { startVirusTotal } from '../src/integrations/virustotal/stand-in.ts'
import { wideLabel } from './alert.ts'
import type { Finish, Finished, StandInsAnswer, StandInsQuestion } from './stand-ins.ts'

// A process of its own, so that the cost of the outside systems is not inside Adder's.

const commentsPerTicket = 2
const token = () => randomBytes(24).toString('base64url')
const secrets = { hookToken: token(), hookSecret: token() }

// Jira's limits for writes are about its users' patience, not about what Adder can do.
const [jira, directory, virustotal] = await Promise.all([
  startJira({ token: token(), hasWriteLimits: false }),
  startDirectory(),
  startVirusTotal(),
])

const env = {
  SPLUNK_HOOK_TOKEN: secrets.hookToken,
  JIRA_HOOK_SECRET: secrets.hookSecret,
  JIRA_URL: jira.url,
  JIRA_EMAIL: jira.email,
  JIRA_TOKEN: jira.token,
  JIRA_PROJECT: 'SEC',
  AD_URL: directory.url,
  AD_CA: directory.ca,
  AD_BASE_DN: directory.baseDn,
  AD_BIND_DN: directory.bindDn,
  AD_PASSWORD: directory.password,
  VT_URL: virustotal.url,
  VT_API_KEY: virustotal.apiKey,
  ADDER_TOKEN: token(),
}

/** Tickets that were not finished when they were last looked at, and what the finished ones were. */
const open = new Set<number>()
const finishes: Finish[] = []
let seen = 0
let wideRuns = 0

process.on('message', (question: StandInsQuestion) => {
  const answer = answerTo(question)
  // Whoever asked may have gone.
  process.send?.(answer, undefined, undefined, () => undefined)
})
process.on('disconnect', () => process.exit())

function answerTo(question: StandInsQuestion): StandInsAnswer {
  switch (question.ask) {
    case 'env':
      return { env }
    case 'finished':
      return { finished: finished() }
    case 'finishes':
      finished()
      return { finishes: finishes.slice(question.from) }
    case 'webhooks': {
      const events = ['jira:issue_created', 'jira:issue_updated', 'comment_created']
      const { hookSecret: secret } = secrets
      jira.webhooks.register({ url: `${question.adderUrl}/hooks/jira`, events, filter: 'project = SEC', secret })
      return { webhooks: true }
    }
  }
}

function finished(): Finished {
  const issues = jira.issues()
  for (; seen < issues.length; seen += 1) {
    if (String(issues[seen]?.fields.labels).includes(wideLabel)) wideRuns += 1
    else open.add(seen)
  }
  for (const index of open) {
    const issue = issues[index]
    if (issue === undefined || issue.comments.length < commentsPerTicket) continue
    open.delete(index)
    const [sid = ''] = /scheduler__bench_[\w-]+/.exec(JSON.stringify(issue.fields.description)) ?? []
    finishes.push({
      sid,
      at: Math.max(...issue.comments.map(({ created }) => created)),
      comments: issue.comments.length,
    })
  }
  return { tickets: issues.length, finished: finishes.length, wideRuns }
}
