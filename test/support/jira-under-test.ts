import assert from 'node:assert/strict'
import type { JiraStandIn } from '../../src/integrations/jira/stand-in.ts'
import type { Ticketing } from '../../src/tickets/ticketing.ts'
import type { TicketingUnderTest } from './ticketing-contract.ts'

export interface JiraUnderTestOptions {
  jira: JiraStandIn
  port: Ticketing
  /** The same with the token `some-other-token`. */
  stranger: Ticketing
  /** A comment's body without its markup. */
  textOf(body: unknown): string
}

/** The same for both editions: all that a person does is done on the site. */
export function jiraUnderTest({ jira, port, stranger, textOf }: JiraUnderTestOptions): TicketingUnderTest {
  const ref = ({ id, key }: { id: string; key: string }) => ({ id, key, url: `${jira.url}/browse/${key}` })
  const issue = ({ key }: { key: string }) => jira.issues().find((each) => each.key === key) ?? assert.fail(key)
  return {
    port,
    stranger,
    wrongSecret: 'some-other-token',
    statuses: ['To Do', 'In Progress', 'Done'],
    field: 'Alert source',
    editsComments: true,
    person: {
      create: async (ticket) => ref(jira.createAsPerson(ticket)),
      async copy(ticket) {
        const { summary, labels } = issue(ticket).fields as { summary: string; labels: string[] } // Jira's own fields
        return ref(jira.createAsPerson({ summary, labels }))
      },
      comment: async ({ key }, text) => jira.commentAsPerson(key, text),
      setField: async ({ key }, value) => jira.editAsPerson(key, { customfield_10011: value }),
      move: async ({ key }, status) => jira.transitionAsPerson(key, status),
      remove: async ({ key }) => jira.deleteAsPerson(key),
    },
    comments: async ({ key }) => jira.comments(key).map(({ body }) => textOf(body)),
    links: async (ticket) => issue(ticket).links.map(({ url }) => url),
    loseAnswers: (isLosing) => jira.misbehave(isLosing ? { lostAnswers: 1 } : {}),
    close: () => jira.close(),
  }
}
