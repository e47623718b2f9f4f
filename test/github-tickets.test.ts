import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { markdownText } from '../src/integrations/github/markdown-text.ts'
import { startGitHub } from '../src/integrations/github/stand-in.ts'
import { endEngine, endEngineNow, startAdder } from './support/adder-process.ts'
import { tempProject } from './support/temp-project.ts'
import { until } from './support/until.ts'

const config = `
import { defineConfig, secret } from 'adderjs'
import * as github from 'adderjs/github'

const repository = 'acme/incidents'
const url = process.env.GITHUB_URL ?? ''

export default defineConfig({
  sources: [
    github.source({
      secret: secret('GITHUB_HOOK_SECRET'),
      tickets: repository,
      sweep: { of: repository, hook: 1, token: secret('GITHUB_TOKEN'), url, every: '1s' },
    }),
  ],
  ticketing: github.ticketing({ repository, token: secret('GITHUB_TOKEN'), url }),
  tokens: [{ name: 'test', secret: secret('ADDER_TOKEN'), scopes: ['automations:run'] }],
})
`

/** Automations that would never come to an end if what Adder writes started something. */
const noting = `
import { automation, request, ticketClosed, ticketCommented, ticketCreated, ticketUpdated } from 'adderjs'
import * as z from 'zod'

export const openAndClose = automation({
  name: 'open-and-close',
  on: request(z.object({ summary: z.string() })),
  run: async ({ event, tickets }) => {
    const ticket = await tickets.open({ summary: event.summary, labels: ['to-note'] })
    await tickets.setFields(ticket, { title: event.summary + ', triaged' })
    await tickets.link(ticket, { url: 'https://wiki.acme.example/runbook', title: 'Runbook' })
    await tickets.transition(ticket, 'not planned')
  },
})

export const noteCreation = automation({
  name: 'note-creation',
  on: ticketCreated({ label: 'to-note' }),
  run: async ({ event, tickets }) => {
    const comment = await tickets.comment(event.ticket, 'creation: to be noted')
    await tickets.editComment(event.ticket, comment, 'noted: created')
  },
})

export const noteClosing = automation({
  name: 'note-closing',
  on: ticketClosed({ label: 'to-note' }),
  run: ({ event, tickets }) => tickets.comment(event.ticket, 'noted: closed as ' + event.resolution),
})

export const noteUpdate = automation({
  name: 'note-update',
  on: ticketUpdated({ field: 'title' }),
  run: ({ event, tickets }) => tickets.comment(event.ticket, 'noted: updated'),
})

export const noteComment = automation({
  name: 'note-comment',
  on: ticketCommented(),
  run: ({ event, tickets }) => tickets.comment(event.ticket, 'noted: ' + event.comment.body),
})
`

const project = tempProject(after, { 'noting.ts': noting })
writeFileSync(path.join(project.folder, 'adder.config.ts'), config)
const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-'))
const github = await startGitHub({ repositories: ['acme/incidents'] })
const secrets = { hook: randomBytes(24).toString('base64url'), api: randomBytes(24).toString('base64url') }
const env = {
  GITHUB_HOOK_SECRET: secrets.hook,
  GITHUB_TOKEN: github.token,
  GITHUB_URL: github.url,
  ADDER_TOKEN: secrets.api,
}
const start = (port = 0) => startAdder({ project: project.folder, dataFolder, env, port })
/** Its address, once there is one. */
let hooks = 'http://127.0.0.1:9/'
github.webhooks.register({ url: () => hooks, secret: secrets.hook })
let adder = await start()
hooks = `${adder.url}/hooks/github`
const endNow = () => endEngineNow(dataFolder)
process.once('exit', endNow)
after(async () => {
  await adder.kill()
  await endEngine(dataFolder)
  process.off('exit', endNow)
  await github.close()
  rmSync(dataFolder, { recursive: true, force: true })
})
/** The `ping` is told, too. */
let happened = 1
github.watchHappenings(() => {
  happened += 1
})

const issue = (summary: string) => github.issues().find(({ title }) => title.startsWith(summary))
const comments = (summary: string) => issue(summary)?.comments.map(({ body }) => markdownText(body)) ?? []

/** Waits until so many comments are there, and everything that has happened is told and has started what it starts. */
async function settled(summary: string, count: number): Promise<string[]> {
  const shown = () => JSON.stringify(comments(summary)) + adder.output().slice(-4000)
  await until('the comments are there', () => comments(summary).length >= count, { shown })
  const isTold = () => github.webhooks.deliveries.length === happened
  await until('nothing is left to do', async () => isTold() && (await adder.underWay()).length === 0 && isTold(), {
    shown,
  })
  return comments(summary)
}

describe('tickets that are issues on GitHub', () => {
  test('are opened, closed and commented on once, and what Adder writes starts nothing but their closing', async () => {
    await fetch(`${adder.url}/automations/open-and-close/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secrets.api}` },
      body: JSON.stringify({ summary: 'Odd login' }),
    })

    const written = await settled('Odd login', 3)

    assert.deepEqual(written.toSorted(), [
      'Runbook (https://wiki.acme.example/runbook)',
      'noted: closed as not planned',
      'noted: created',
    ])
    assert.deepEqual([issue('Odd login')?.title, issue('Odd login')?.state], ['Odd login, triaged', 'closed'])
    assert.equal(github.issues().length, 1)
  })

  test('start automations when people open, edit, close and comment on them, once for each', async () => {
    const { number } = github.openAsPerson({ title: 'By hand', labels: ['to-note'] })
    github.changeAsPerson(number, { title: 'By hand, and edited' })
    github.commentAsPerson(number, 'hello')
    github.changeAsPerson(number, { state: 'closed' })

    const written = await settled('By hand', 5)

    assert.deepEqual(written.toSorted(), [
      'hello',
      'noted: closed as closed',
      'noted: created',
      'noted: hello',
      'noted: updated',
    ])
  })

  test('start what they would have started when they are opened while Adder is away', async () => {
    await until('a sweep has ended', () => adder.log.some(({ msg }) => msg === 'swept'))
    await adder.stop()
    github.openAsPerson({ title: 'In the night', labels: ['to-note'] })
    await until('nobody has taken it', () => github.webhooks.deliveries.at(-1)?.status === undefined)

    adder = await start(adder.port)

    assert.deepEqual(await settled('In the night', 1), ['noted: created'])
    assert.ok(
      adder.log.some(({ msg, isSwept, state }) => msg === 'delivery' && isSwept === true && state === 'accepted'),
    )
  })
})
