import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { adf } from '../src/integrations/jira/adf.ts'
import { paragraph } from '../src/tickets/document.ts'
import { startTalk } from './support/talk.ts'
import { tempProject } from './support/temp-project.ts'
import { until } from './support/until.ts'

/** Automations that would never come to an end if what Adder writes started something. */
const noting = `
import { automation, request, ticketClosed, ticketCommented, ticketCreated, ticketUpdated } from 'adderjs'
import * as z from 'zod'

export const openAndClose = automation({
  name: 'open-and-close',
  on: request(z.object({ summary: z.string() })),
  run: async ({ event, tickets }) => {
    const ticket = await tickets.open({ summary: event.summary })
    await tickets.setFields(ticket, { 'Alert source': 'MockScan' })
    await tickets.transition(ticket, 'In Progress')
    await tickets.transition(ticket, 'Done', { fields: { resolution: 'False Positive' } })
  },
})

export const noteCreation = automation({
  name: 'note-creation',
  on: ticketCreated({ label: 'to-note' }),
  run: ({ event, tickets }) => tickets.comment(event.ticket, 'noted: created'),
})

export const noteClosing = automation({
  name: 'note-closing',
  on: ticketClosed(),
  run: ({ event, tickets }) => tickets.comment(event.ticket, 'noted: closed'),
})

export const noteUpdate = automation({
  name: 'note-update',
  on: ticketUpdated(),
  run: async ({ event, tickets }) => {
    await tickets.setFields(event.ticket, { 'Alert type': 'Malware' })
    await tickets.comment(event.ticket, 'noted: updated')
  },
})

export const noteComment = automation({
  name: 'note-comment',
  on: ticketCommented(),
  run: ({ event, tickets }) => tickets.comment(event.ticket, 'noted: commented'),
})
`

const project = tempProject(after, { 'noting.ts': noting })
const talk = await startTalk(after, { project: project.folder })

describe('what Adder itself writes', () => {
  test('starts nothing, except that a ticket which it closed counts as closed', async () => {
    await talk.postApi('/automations/open-and-close/runs', { summary: 'closed by Adder' })

    await talk.settled('closed by Adder', 1)
    const [ticket] = talk.tickets('closed by Adder')
    assert.ok(ticket)
    await told(ticket.key, { updates: 3, comments: 1 })

    assert.equal(ticket.status.name, 'Done')
    assert.deepEqual(ticket.fields.resolution, { name: 'False Positive' })
    assert.deepEqual(talk.comments('closed by Adder'), ['noted: closed'])
  })

  test('does not hide what a person does to the same ticket', async () => {
    const { key } = talk.jira.createAsPerson({ summary: 'written by Robin' })

    talk.jira.commentAsPerson(key, 'A remark.')
    talk.jira.editAsPerson(key, { summary: 'written by Robin Vega' })

    // Adder's own two comments and one update are told, too.
    await told(key, { updates: 2, comments: 3 })
    assert.deepEqual(talk.comments('written by Robin').sort(), ['A remark.', 'noted: commented', 'noted: updated'])
  })
})

describe('what another program writes with the account that Adder has', () => {
  test('starts what a creation and a comment start, because they have no marker of ours', async () => {
    await asAdder('POST', '/issue', {
      fields: { project: { key: 'SEC' }, issuetype: { name: 'Task' }, summary: 'by a script', labels: ['to-note'] },
    })
    const [ticket] = talk.tickets('by a script')
    assert.ok(ticket)
    await until('its creation is noted', () => talk.comments('by a script').includes('noted: created'))

    await asAdder('POST', `/issue/${ticket.id}/comment`, { body: adf([paragraph('A finding.')]) })

    await until('the comment is noted', () => talk.comments('by a script').includes('noted: commented'))
    await told(ticket.key, { updates: 0, comments: 3 })
    assert.deepEqual(talk.comments('by a script'), ['noted: created', 'A finding.', 'noted: commented'])
  })

  test('starts nothing where it is an update, which has no place for a marker', async () => {
    const { id, key } = talk.jira.createAsPerson({ summary: 'changed by a script' })

    await asAdder('PUT', `/issue/${id}`, { fields: { summary: 'changed by a script, and named' } })

    await told(key, { updates: 1, comments: 0 })
    assert.deepEqual(talk.comments('changed by a script'), [])
  })
})

async function asAdder(method: string, path: string, body: unknown): Promise<void> {
  const { email, token, url } = talk.jira
  const authorization = `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/rest/api/3${path}`, { method, headers, body: JSON.stringify(body) })
  assert.ok(answer.ok, await answer.text())
}

/** Waits until Adder was told of everything that happened to a ticket, and has nothing left to do. */
async function told(key: string, { updates, comments }: { updates: number; comments: number }): Promise<void> {
  const counted = (event: string): number =>
    talk.jira.webhooks.deliveries.filter((each) => each.issueKey === key && each.event === event).length
  await until(
    `Jira has told of ${updates} updates and ${comments} comments`,
    () => counted('jira:issue_updated') >= updates && counted('comment_created') >= comments,
    { shown: () => JSON.stringify(talk.jira.webhooks.deliveries) + talk.adder.output().slice(-4000) },
  )
  await talk.idle()
  assert.deepEqual([counted('jira:issue_updated'), counted('comment_created')], [updates, comments])
}
