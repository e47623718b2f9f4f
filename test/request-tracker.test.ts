import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { Run, RunPage } from '../src/api/shapes.ts'
import { adderClient } from '../src/cli/adder-client.ts'
import { htmlText } from '../src/integrations/request-tracker/html-text.ts'
import type { StandInTicket } from '../src/integrations/request-tracker/stand-in/site.ts'
import { startRequestTracker } from '../src/integrations/request-tracker/stand-in.ts'
import { root } from './support/adder-process.ts'
import { rtPerson } from './support/request-tracker-under-test.ts'
import { startTalk } from './support/talk.ts'
import { until } from './support/until.ts'

const hookSecret = 'a secret of the test only'
const md5 = '44d88612fea8a8f36de82e1278abb02f'

const project = path.join(root, 'test/request-tracker/project')
const rt = await startRequestTracker({ fields: ['Alert source', 'Alert type'] })
const talk = await startTalk(after, {
  project,
  env: { RT_URL: rt.url, RT_TOKEN: rt.tokens.adder, RT_HOOK_SECRET: hookSecret },
})
after(() => rt.close())

describe('the talk with its tickets in Request Tracker', () => {
  test('opens a ticket for an alert, and tells both answers on it', async () => {
    await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))

    const [ticket] = await settled('mlisa')

    assert.equal(ticket.subject, 'MockScan: mlisa')
    assert.deepEqual(rt.values(ticket, 'AdderLabels'), ['mock-scan'])
    assert.deepEqual(rt.values(ticket, 'Alert type'), ['Malware'])
    assert.match(comments(ticket).join('\n'), /Name: Mona Lisa/)
    assert.match(comments(ticket).join('\n'), /Positives: 48/)
  })

  test('does each once where every second answer of Request Tracker gets lost', async () => {
    rt.misbehave({ lostAnswers: 0.5 })

    await talk.postAlert(talk.alert({ user: 'dgray', md5 }))
    await talk.postAlert(talk.alert({ user: 'jdoe', md5 }))

    const all = [...(await settled('dgray')), ...(await settled('jdoe'))]
    rt.misbehave({})
    assert.ok(rt.requests.filter(({ status }) => status === undefined).length >= 3)
    assert.deepEqual(
      all.map((ticket) => comments(ticket).length),
      [2, 2],
    )
  })

  test('starts what a person’s closing starts, when the scrip tells of it', async () => {
    await talk.postAlert(talk.alert({ user: 'to-close', md5 }))
    const [ticket] = await settled('to-close')
    const person = rtPerson({ url: rt.url, token: rt.tokens.person })
    await person.change(String(ticket.id), { Status: 'resolved', CustomFields: { 'Alert source': '' } })

    const [first, again] = [await tellOfClosing(ticket), await tellOfClosing(ticket)]

    assert.deepEqual([first.status, again.status], [202, 202])
    assert.match(await again.text(), /"duplicate"/)
    await until('it has its alert source', () => rt.values(ticket, 'Alert source')[0] === 'MockScan')
    await talk.idle()
    assert.equal(comments(ticket).length, 2)
  })
})

test('a run whose ticket lacks a field says so, and a re-run goes on with that ticket', async (t) => {
  const picky = await startRequestTracker({ fields: ['Alert source'], choices: { 'Alert type': ['Phishing'] } })
  t.after(() => picky.close())
  const env = { RT_URL: picky.url, RT_TOKEN: picky.tokens.adder, RT_HOOK_SECRET: hookSecret }
  const { adder, alert, postAlert, idle, dataFolder } = await startTalk((cleanUp) => t.after(cleanUp), { project, env })
  const client = adderClient({ data: dataFolder })
  const runs = async (state: string) =>
    (await client.get(`/api/runs?automation=mock-scan&state=${state}`, RunPage)).items

  await postAlert(alert({ user: 'mlisa', md5 }))
  const [refused] = await until('the run has ended', async () => nonEmpty(await runs('failed')), {
    shown: () => adder.output().slice(-6000),
  })
  const { effects } = await client.get(`/api/runs/${refused.id}`, Run)
  await client.post(`/api/runs/${refused.id}/rerun`, Run.pick({ generation: true }))
  await until('the re-run has ended', async () => nonEmpty(await runs('finished')))
  await idle()

  assert.match(effects[0]?.reason ?? '', /ticket 1 was opened, but not with Alert type/)
  const [ticket, ...others] = picky.tickets()
  assert.ok(ticket)
  assert.deepEqual([others, comments(ticket).length], [[], 2])
})

function nonEmpty<T>(list: readonly T[]): readonly [T, ...T[]] | undefined {
  const [first, ...others] = list
  return first === undefined ? undefined : [first, ...others]
}

/** As the scrip of docs/sources.md does. */
async function tellOfClosing({ id, subject, transactions }: StandInTicket): Promise<Response> {
  const [opening, closing] = ['Create', 'Status'].map((type) => transactions.find((each) => each.type === type))
  const body = JSON.stringify({
    ticket: {
      ...{ id, subject, description: null, queue: 'Security', status: 'resolved', creator: { name: 'adder' } },
      ...{ created: opening?.created, labels: ['mock-scan'], effect: null },
    },
    transaction: {
      ...{ id: closing?.id, type: 'Status', field: 'Status', old: 'new', new: 'resolved', closes: true, text: null },
      ...{ created: closing?.created, creator: { name: 'robin' } },
    },
  })
  const signature = `sha256=${createHmac('sha256', hookSecret).update(body).digest('hex')}`
  const headers = { 'content-type': 'application/json', 'x-adder-signature': signature }
  return fetch(`${talk.adder.url}/hooks/request-tracker`, { method: 'POST', headers, body })
}

function ticketsFor(user: string): readonly StandInTicket[] {
  return rt.tickets().filter(({ subject }) => subject.includes(user))
}

function comments({ transactions }: StandInTicket): string[] {
  return transactions.flatMap(({ type, text }) => (type === 'Comment' ? [htmlText(text?.content ?? '')] : []))
}

/** The ticket for this user when it has two comments and Adder has nothing left to do; and further ones, if any. */
async function settled(user: string): Promise<readonly [StandInTicket, ...StandInTicket[]]> {
  await until(`${user}'s ticket has two comments`, () => ticketsFor(user).flatMap(comments).length >= 2, {
    shown: () => talk.adder.output().slice(-6000),
  })
  await talk.idle()
  const [ticket, ...others] = ticketsFor(user)
  assert.ok(ticket)
  return [ticket, ...others]
}
