import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import * as z from 'zod'
import { startTalk } from './support/talk.ts'
import { until } from './support/until.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'

const talk = await startTalk(after)

describe('a ticket that a person wrote', () => {
  test('gets the answers about the user and the hash in its text', async () => {
    talk.jira.createAsPerson({
      summary: 'by-hand: strange file',
      description: `Found on a laptop.\nuser: mlisa\nThe file is ${md5}.`,
    })

    const comments = await talk.settled('by-hand', 2)

    assert.equal(comments.length, 2)
    assert.match(comments.join('\n'), /Name: Mona Lisa/)
    assert.match(comments.join('\n'), /Positives: 48/)
  })

  test('gets no comment where nothing in it can be asked about', async () => {
    const { key } = talk.jira.createAsPerson({
      summary: 'nothing-to-ask',
      description: 'The coffee machine is broken.',
    })

    await until('Adder has taken the webhook in', () => isTold(key))
    await talk.idle()

    assert.deepEqual(talk.comments('nothing-to-ask'), [])
  })

  test("counts as its writer's where it was copied from one of ours", async () => {
    await talk.postAlert(talk.alert({ user: 'original', md5 }))
    await talk.settled('original', 2)
    const labels = talk.tickets('original')[0]?.fields.labels as string[] // Jira's labels are texts

    talk.jira.createAsPerson({ summary: 'a-copy', description: 'user: mlisa', labels })

    const comments = await talk.settled('a-copy', 1)
    assert.match(comments.join('\n'), /Name: Mona Lisa/)
  })

  test("counts as its writer's where it was copied from one that Adder opened before it was killed", async () => {
    await talk.postAlert(talk.alert({ user: 'old-original', md5 }))
    await talk.settled('old-original', 2)
    const labels = talk.tickets('old-original')[0]?.fields.labels as string[] // Jira's labels are texts
    await talk.adder.kill()
    await talk.restart()

    talk.jira.createAsPerson({ summary: 'late-copy', description: 'user: mlisa', labels })

    const comments = await talk.settled('late-copy', 1)
    assert.match(comments.join('\n'), /Name: Mona Lisa/)
  })
})

describe('a ticket of ours', () => {
  test('has its alert source again when a person closes it after having emptied that', async () => {
    await talk.postAlert(talk.alert({ user: 'to-close', md5 }))
    await talk.settled('to-close', 2)
    const { key } = theTicket('to-close')
    talk.jira.editAsPerson(key, { customfield_10011: null })

    talk.jira.transitionAsPerson(key, 'In Progress')
    talk.jira.transitionAsPerson(key, 'Done')

    await until('it has its alert source', () => theTicket('to-close').fields.customfield_10011 === 'MockScan')
    await talk.idle()
    assert.equal(talk.comments('to-close').length, 2)
  })
})

describe('the API', () => {
  const Problem = z.object({
    code: z.string(),
    errors: z.array(z.object({ field: z.string() })).default([]),
  })
  const path = '/automations/report-file/runs'

  test('starts an automation, which opens a ticket with its answers', async () => {
    const answer = await talk.postApi(path, { user: 'by-api', md5 })

    assert.equal(answer.status, 202)
    assert.equal((await talk.settled('by-api', 2)).length, 2)
  })

  test('starts an automation once for one Idempotency-Key, however often it is sent', async () => {
    const send = () => talk.postApi(path, { user: 'same-key', md5 }, { 'idempotency-key': 'report-7' })

    const answers = await Promise.all(Array.from({ length: 5 }, send))
    const last = await send()

    assert.deepEqual(new Set([...answers, last].map(({ status }) => status)), new Set([202]))
    assert.equal(z.object({ state: z.string() }).parse(await last.json()).state, 'duplicate')
    assert.equal((await talk.settled('same-key', 2)).length, 2)
    assert.equal(talk.tickets('same-key').length, 1)
  })

  test('refuses without a token and starts nothing', async () => {
    const none = await fetch(talk.adder.url + path, { method: 'POST', body: JSON.stringify({ user: 'no-token', md5 }) })
    const wrong = await talk.postApi(path, { user: 'no-token', md5 }, { authorization: 'Bearer wrong' })

    assert.deepEqual([none.status, wrong.status], [401, 401])
    await talk.idle()
    assert.equal(talk.tickets('no-token').length, 0)
  })

  test('refuses a wrong body with the names of the fields and starts nothing', async () => {
    const answer = await talk.postApi(path, { user: '', md5: 'no hash' })

    const { errors } = Problem.parse(await answer.json())
    assert.ok([400, 422].includes(answer.status))
    assert.deepEqual(errors.map(({ field }) => field).sort(), ['md5', 'user'])
    await talk.idle()
    assert.equal(talk.tickets('Reported by no hash').length, 0)
  })

  test('answers a look-up from the directory', async () => {
    const ask = (name: string) =>
      fetch(`${talk.adder.url}/users/${name}`, { headers: { authorization: `Bearer ${talk.secrets.ADDER_TOKEN}` } })

    const known = await ask('mlisa')
    const unknown = await ask('nobody')

    assert.deepEqual(await known.json(), { displayName: 'Mona Lisa', department: 'Art' })
    assert.equal(unknown.status, 404)
  })
})

function theTicket(user: string) {
  const [ticket] = talk.tickets(user)
  assert.ok(ticket)
  return ticket
}

function toldOf(key: string) {
  return talk.jira.webhooks.deliveries.filter(({ issueKey }) => issueKey === key)
}

function isTold(key: string): boolean {
  return toldOf(key).some(({ status }) => status === 202)
}
