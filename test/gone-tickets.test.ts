import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import type * as z from 'zod'
import { Findings, Run, RunPage } from '../src/api/shapes.ts'
import { adderClient } from '../src/cli/adder-client.ts'
import { toldRun } from '../src/cli/show-run.ts'
import { startTalk } from './support/talk.ts'
import { tempProject } from './support/temp-project.ts'
import { until } from './support/until.ts'

/** Comments, waits until the file `go` is there, and goes on with its ticket. */
const patient = `
import { existsSync } from 'node:fs'
import { automation, request } from 'adderjs'
import * as z from 'zod'

export const answerLater = automation({
  name: 'answer-later',
  on: request(z.object({ summary: z.string(), go: z.string() })),
  run: async ({ event, tickets, step, sleep }) => {
    const ticket = await tickets.open({ summary: event.summary })
    const comment = await tickets.comment(ticket, 'asking')
    while (!(await step('may go on', () => existsSync(event.go)))) await sleep(100)
    await tickets.editComment(ticket, comment, 'answered')
    await tickets.transition(ticket, 'In Progress')
  },
})
`

const project = tempProject(after, { 'patient.ts': patient })
const talk = await startTalk(after, { project: project.folder })
const client = adderClient({ data: talk.dataFolder })
// The talk's own webhook is for tickets in SEC, and where a ticket was moved to is what counts.
talk.jira.webhooks.register({
  url: `${talk.adder.url}/hooks/jira`,
  events: ['jira:issue_updated'],
  filter: 'project = OPS',
  secret: talk.secrets.JIRA_HOOK_SECRET ?? '',
})

describe('while a run waits', () => {
  test('its ticket can be moved to another project, which the run is then shown with', async () => {
    const { key, goOn } = await waitingRun('to-move')
    talk.jira.moveAsPerson(key, 'OPS')
    const [moved] = talk.tickets('to-move')
    await until('Adder has been told', () => isTold('jira:issue_updated', moved?.key ?? ''))

    const run = await goOn()

    assert.equal(run.state, 'finished')
    assert.equal(moved?.status.name, 'In Progress')
    assert.deepEqual(talk.comments('to-move'), ['answered'])
    assert.equal(run.ticket?.key, moved.key)
    assert.equal(run.ticket.url, `${talk.jira.url}/browse/${moved.key}`)
  })

  test('its moved ticket is found under its old key and its new one', async () => {
    const { key, goOn } = await waitingRun('to-find')
    talk.jira.moveAsPerson(key, 'OPS')
    const moved = talk.tickets('to-find')[0]?.key ?? ''
    await until('Adder has been told', () => isTold('jira:issue_updated', moved))
    await goOn()

    const [byOld, byNew] = await Promise.all([key, moved].map((value) => client.get('/api/find', Findings, { value })))

    assert.deepEqual(byOld, byNew)
    const keys = byOld?.items.flatMap(({ tickets }) => tickets.map((ticket) => ticket.key)) ?? []
    assert.deepEqual([keys.length > 1, new Set(keys)], [true, new Set([moved])])
  })

  test('its ticket can be deleted, which ends the run and says so', async () => {
    const { key, goOn } = await waitingRun('to-delete')
    const { id } = talk.tickets('to-delete')[0] ?? {}
    talk.jira.deleteAsPerson(key)
    const before = talk.jira.requests.length

    const run = await goOn()

    assert.equal(run.state, 'failed')
    assert.match(
      run.reason ?? '',
      new RegExp(`^jira.editComment: Jira: ${key} is gone: it was deleted, or Adder's account`),
    )
    const [edit] = run.effects.filter(({ name }) => name === 'jira.editComment')
    assert.deepEqual([edit?.state, edit?.attempts, edit?.code], ['refused', 1, 'ticket.gone'])
    assert.deepEqual(run.waits, [])
    assert.match(toldRun(run), /^Failed {6}run\.step_refused: jira\.editComment: Jira: SEC-\d+ is gone/m)
    const asked = talk.jira.requests.slice(before).filter((each) => each.path.includes(`/issue/${id}/`))
    assert.deepEqual(
      asked.map(({ method }) => method),
      ['PUT'],
    )
    await until('the log says so, too', () =>
      talk.adder.log.some((line) => line.run === run.id && line.code === 'ticket.gone'),
    )
  })

  test('its comment can be deleted, which ends the run and says so', async () => {
    const { key, goOn } = await waitingRun('to-tidy')
    talk.jira.deleteCommentAsPerson(key, talk.jira.comments(key)[0]?.id ?? '')

    const run = await goOn()

    assert.equal(run.state, 'failed')
    assert.match(run.reason ?? '', new RegExp(`Jira: comment \\d+ on ${key} is gone: somebody has deleted it`))
    assert.deepEqual(talk.comments('to-tidy'), [])
  })
})

/** A run that has commented on its ticket and waits. */
async function waitingRun(summary: string) {
  const go = path.join(talk.dataFolder, `go-${summary}`)
  await talk.postApi('/automations/answer-later/runs', { summary, go })
  await until('the run has commented', () => talk.comments(summary).includes('asking'))
  const ticket = talk.tickets(summary)[0]
  assert.ok(ticket)
  const { key } = ticket
  return {
    key,
    goOn: async (): Promise<z.infer<typeof Run>> => {
      const id = await runOf(key)
      writeFileSync(go, '')
      return await until('the run has ended', async () => {
        const run = await client.get(`/api/runs/${id}`, Run)
        return run.endedAt === undefined ? undefined : run
      })
    },
  }
}

/** The run that opened the ticket. */
async function runOf(key: string): Promise<string> {
  return await until('the run is in the history', async () => {
    const { items } = await client.get('/api/runs', RunPage, { automation: 'answer-later' })
    const runs = await Promise.all(items.map(({ id }) => client.get(`/api/runs/${id}`, Run)))
    return runs.find(({ effects }) => effects.some(({ made }) => made?.key === key))?.id
  })
}

function isTold(event: string, issueKey: string): boolean {
  const told = talk.jira.webhooks.deliveries.filter((each) => each.event === event && each.issueKey === issueKey)
  return told.some(({ status }) => status === 202)
}
