import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { Quotas } from '../src/api/shapes.ts'
import { createApp } from '../src/app.ts'
import { automation } from '../src/automations/automation.ts'
import { enrichment } from '../src/automations/enrichment.ts'
import type { AdderEvent } from '../src/automations/event.ts'
import { eventIdentity } from '../src/automations/event-identity.ts'
import type { Connectors } from '../src/automations/register.ts'
import type { TicketCreated } from '../src/automations/ticket-events.ts'
import { ticketCreated } from '../src/automations/ticket-triggers.ts'
import { adderClient } from '../src/cli/adder-client.ts'
import type { Duration } from '../src/connectors/duration.ts'
import type { Outcome } from '../src/connectors/outcome.ts'
import type { Quota } from '../src/connectors/quota.ts'
import { endpoint } from '../src/endpoints/endpoint.ts'
import { open, string } from '../src/endpoints/index.ts'
import { createLog } from '../src/endpoints/log.ts'
import { connector, type FileReport } from '../src/integrations/virustotal/index.ts'
import { knownFiles, startVirusTotal } from '../src/integrations/virustotal/stand-in.ts'
import { secret } from '../src/secrets/secret.ts'
import { facts } from '../src/tickets/document.ts'
import { startDesk } from './automations/desk.ts'
import { notebook } from './automations/notebook.ts'
import { until } from './support/until.ts'

const { malicious, harmless, neverScanned } = knownFiles

/** A VirusTotal, and its connector with this quota. */
async function virusTotal(t: TestContext, quota: Quota) {
  const standIn = await startVirusTotal()
  t.after(() => standIn.close())
  const name = `VT_API_KEY_${randomUUID().replaceAll('-', '_').toUpperCase()}`
  process.env[name] = standIn.apiKey
  t.after(() => delete process.env[name])
  return { standIn, definition: connector({ apiKey: secret(name), plan: 'public', url: standIn.url, quota }) }
}

interface VirusTotal {
  virustotal: { file(hash: string): Promise<Outcome<FileReport>> }
}

function file(hash: string, connectors: object): Promise<Outcome<FileReport>> {
  return (connectors as VirusTotal).virustotal.file(hash) // no configuration registers this file's connectors
}

/** Tickets that get VirusTotal's answer about a file. */
async function enrichingDesk(t: TestContext, quota: Quota, freshFor?: Duration) {
  const { standIn, definition } = await virusTotal(t, quota)
  const book = notebook()
  const whatFile = enrichment<FileReport>({
    name: 'what-file',
    title: 'VirusTotal',
    of: ['md5'],
    ...(freshFor === undefined ? {} : { freshFor }),
    ask: (hash, connectors: Connectors) => file(hash, connectors),
    tell: ({ positives }) => facts({ Positives: positives }),
  })
  const desk = await startDesk({
    automations: [automation({ name: 'answer', on: ticketCreated(), enrich: [whatFile] })],
    connectors: { virustotal: definition.connect() },
    ticketing: book.port,
  })
  t.after(() => desk.close())
  return { standIn, book, desk, created }

  function created(md5: string): AdderEvent {
    const id = String(book.pages.length + 1)
    const ticket = { id, key: `NB-${id}`, url: '' }
    book.pages.push({ ...ticket, input: { summary: 'A ticket' }, comments: [] })
    const data: TicketCreated = {
      ticket,
      summary: 'A ticket',
      description: '',
      labels: [],
      project: 'NB',
      type: 'Note',
      alert: { md5 },
    }
    const at = new Date().toISOString()
    return { kind: 'ticket.created', id: eventIdentity('ticket.created', [id]), at, source: 'notebook', data }
  }
}

test('a hundred tickets with one file get their comment for one request to VirusTotal', async (t) => {
  const { standIn, book, desk, created } = await enrichingDesk(t, [{ requests: 4, per: 'minute' }])
  const events = Array.from({ length: 100 }, () => created(malicious.md5))

  await Promise.all(events.map((event) => desk.run('answer', event)))

  assert.equal(standIn.requests.length, 1)
  const comments = book.pages.flatMap((page) => page.comments)
  assert.equal(comments.length, 100)
  assert.deepEqual(new Set(comments), new Set([`VirusTotal: ${malicious.md5}\nPositives: 48/60`]))
})

test('a ticket says when the turn of its question comes, and a question that was answered needs none', async (t) => {
  const { standIn, book, desk, created } = await enrichingDesk(t, [{ requests: 1, per: 'day' }])
  await desk.run('answer', created(malicious.md5))

  await desk.accept(created(harmless.md5))
  const [told] = await until('the second ticket says so', () => {
    const comments = book.pages[1]?.comments ?? []
    return comments.length > 0 && comments
  })
  await desk.run('answer', created(malicious.md5))

  assert.match(
    told ?? '',
    /could not be asked yet: its quota is used up\. It is asked again by itself, at \d{4}-\d\d-\d\d 00:00 UTC/,
  )
  assert.match(book.pages[2]?.comments[0] ?? '', /Positives: 48\/60/)
  assert.equal(standIn.requests.length, 1)
  const waits = desk.observations.filter((each) => each.kind === 'step' && each.code === 'connector.rate_limited')
  assert.ok(waits.length > 0 && waits.every(({ run }) => run !== undefined), 'the run was to tell that it waits')
})

test('an enrichment that takes no older answers asks anew', async (t) => {
  const { standIn, desk, created } = await enrichingDesk(t, [], '0s')

  await desk.run('answer', created(malicious.md5))
  await desk.run('answer', created(malicious.md5))

  assert.equal(standIn.requests.length, 2)
})

test('endpoints keep the quota of the runs, know their answers, and the quota can be asked for', async (t) => {
  const { standIn, definition } = await virusTotal(t, [{ requests: 2, per: 'day' }])
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-quota-'))
  const scanned = endpoint({
    method: 'GET',
    path: '/files/:hash',
    summary: 'What VirusTotal says of a file',
    auth: open(),
    params: { hash: string({ max: 64 }) },
    output: z.object({ positives: z.string() }),
    run: ({ params, ...context }) => file(params.hash, context),
  })
  const app = createApp({
    project: { config: { connectors: { virustotal: definition } }, automations: [], endpoints: [scanned] },
    dataFolder,
    log: createLog({ level: 'silent' }),
    version: '0.0.0',
  })
  t.after(async () => {
    await app.close()
    rmSync(dataFolder, { recursive: true })
  })
  await app.start()

  const statuses: number[] = []
  for (const { md5 } of [malicious, malicious, harmless, neverScanned, harmless])
    statuses.push((await app.server.inject({ url: `/files/${md5}` })).statusCode)

  assert.deepEqual(statuses, [200, 200, 200, 503, 200])
  assert.equal(standIn.requests.length, 2)
  const { items } = await adderClient({ data: dataFolder }).get('/api/quotas', Quotas)
  const [{ windows, nextTurnAt, ...others } = { windows: [] }] = items
  const midnight = `${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}T00:00:00.000Z`
  assert.deepEqual(windows, [{ requests: 2, per: 'day', used: 2, remaining: 0, resetsAt: midnight }])
  assert.deepEqual([nextTurnAt, others], [midnight, { connector: 'virustotal', waiting: 0 }])
})

test('the quotas need a token with their scope', async (t) => {
  const { definition } = await virusTotal(t, [])
  const app = createApp({
    project: { config: { connectors: { virustotal: definition } }, automations: [], endpoints: [] },
    dataFolder: path.join(tmpdir(), 'never-made'),
    log: createLog({ level: 'silent' }),
    version: '0.0.0',
  })
  t.after(() => app.server.close())

  const answer = await app.server.inject({ url: '/api/quotas' })

  assert.equal(answer.statusCode, 401)
})
