import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, describe, test } from 'node:test'
import * as z from 'zod'
import { startTalk } from './support/talk.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'
const talk = await startTalk(after)
const { adder, secrets } = talk
const { SPLUNK_HOOK_TOKEN, JIRA_HOOK_SECRET, ADDER_TOKEN } = secrets

const alert = talk.alert({ user: 'mlisa', md5 })
const deep = '['.repeat(100_000) + ']'.repeat(100_000)

interface Hostile {
  what: string
  send: () => Promise<Response>
  status: number
}

const hostile: Hostile[] = [
  { what: 'an alert without a token', send: () => post('/hooks/splunk', alert), status: 401 },
  { what: 'an alert with a wrong token', send: () => post('/hooks/splunk/wrong', alert), status: 401 },
  { what: 'a Jira webhook without a signature', send: () => post('/hooks/jira', webhook('SEC-1')), status: 401 },
  {
    what: 'a Jira webhook with a wrong signature',
    send: () => post('/hooks/jira', webhook('SEC-1'), { 'x-hub-signature': `sha256=${'0'.repeat(64)}` }),
    status: 401,
  },
  {
    what: 'a Jira webhook that was changed after it was signed',
    send: () => post('/hooks/jira', webhook('SEC-2'), { 'x-hub-signature': signature(webhook('SEC-1')) }),
    status: 401,
  },
  { what: 'an issue key that leaves its path', send: () => postSigned(webhook('../../../myself')), status: 422 },
  { what: 'an issue id that leaves its path', send: () => postSigned(webhook('SEC-1', '../1')), status: 422 },
  { what: 'an alert nested 100,000 deep', send: () => postAlert(deep), status: 400 },
  { what: 'a Jira webhook nested 100,000 deep', send: () => postSigned(deep), status: 400 },
  { what: 'numbers where texts belong', send: () => postAlert({ ...alert, sid: 7, result: { user: 1 } }), status: 422 },
  { what: 'a list where an alert belongs', send: () => postAlert([]), status: 422 },
  { what: 'a prototype', send: () => postAlert('{"sid":"1","__proto__":{"isAdmin":true}}'), status: 400 },
  { what: 'another content type', send: () => postAlert(alert, { 'content-type': 'text/xml' }), status: 415 },
  { what: 'no JSON', send: () => postAlert('<alert/>'), status: 400 },
  { what: 'a request to the API without a token', send: () => post('/automations/report-file/runs', {}), status: 401 },
  { what: 'a request to the API with a wrong body', send: () => postApi('{"user":{"$ne":""},"md5":[]}'), status: 400 },
  { what: 'LDAP filter characters in a look-up', send: () => getUser('*)(cn=*'), status: 400 },
  { what: 'a path in a look-up', send: () => getUser('../../health'), status: 400 },
  { what: 'no such path', send: () => post('/hooks/nobody', alert), status: 404 },
  { what: 'a method that no endpoint has', send: () => fetch(`${adder.url}/hooks/jira`), status: 405 },
]

const Problem = z.object({ code: z.string(), title: z.string(), status: z.number(), detail: z.string().min(1) })

describe('a hostile request', () => {
  for (const { what, send, status } of hostile) {
    test(`with ${what} is refused with a reason, and nothing is sent anywhere`, async () => {
      const before = sentOut()

      const answer = await send()

      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
      const problem = Problem.parse(await answer.json())
      assert.deepEqual([answer.status, problem.status], [status, status])
      assert.doesNotMatch(JSON.stringify(problem), /node_modules|\bat \S+:\d+/)
      await talk.idle()
      assert.deepEqual(sentOut(), before)
    })
  }

  for (const [path, status] of [
    [`/hooks/splunk/${SPLUNK_HOOK_TOKEN}`, 413],
    ['/hooks/splunk/wrong', 401],
  ] as const) {
    for (const isChunked of [false, true]) {
      test(`with a body of 100 MB ${isChunked ? 'of untold length ' : ''}is answered ${status} before it is read`, async () => {
        const { answer, sentBytes } = await sendLarge(path, { isChunked })

        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
        assert.match(answer, /application\/problem\+json/)
        assert.ok(sentBytes < 50e6, `${sentBytes} bytes were taken`)
      })
    }
  }

  test('whose body never comes is given up', async () => {
    const socket = connect(adder.port, '127.0.0.1')
    socket.write(
      `POST /hooks/splunk/${SPLUNK_HOOK_TOKEN} HTTP/1.1\r\nhost: adder\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
    )

    const answer = await received(socket)

    assert.match(answer, /^HTTP\/1\.1 408 .*endpoint\.too_slow/s)
  })

  test('repeated two hundred times leaves Adder as it was', async () => {
    for (const { send } of hostile) await (await send()).arrayBuffer()
    const before = residentBytes()

    for (let sent = 0; sent < 200; sent += hostile.length)
      await Promise.all(hostile.map(async ({ send }) => (await send()).arrayBuffer()))
    await sendLarge(`/hooks/splunk/${SPLUNK_HOOK_TOKEN}`, { isChunked: true })

    assert.ok(residentBytes() - before < 100e6, `grew from ${before} to ${residentBytes()} bytes`)
    assert.ok(adder.isRunning())
    assert.equal((await fetch(`${adder.url}/health`)).status, 200)
  })
})

describe('a hostile alert that is well-formed', () => {
  for (const user of ['*', '*)(cn=*', 'mlisa)(department=*', '../../etc/passwd', '\u0000mlisa']) {
    test(`about the user ${JSON.stringify(user)} gets a ticket and tells nothing of anybody`, async () => {
      const tickets = talk.jira.issues().length
      const fired = talk.alert({ user, md5 })

      const answer = await talk.postAlert(fired)

      assert.equal(answer.status, 202)
      await talk.idle()
      const opened = talk.jira.issues().slice(tickets)
      assert.equal(opened.length, 1)
      const comments = JSON.stringify(talk.jira.comments(opened[0]?.key ?? ''))
      assert.match(comments, /VirusTotal/)
      assert.match(comments, /does not know this user|could not be asked/)
      assert.doesNotMatch(comments, /Mona Lisa|Department/)
    })
  }
})

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(adder.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

function postAlert(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return post(`/hooks/splunk/${SPLUNK_HOOK_TOKEN}`, body, headers)
}

function postApi(body: unknown): Promise<Response> {
  return post('/automations/report-file/runs', body, { authorization: `Bearer ${ADDER_TOKEN}` })
}

function postSigned(body: string): Promise<Response> {
  return post('/hooks/jira', body, { 'x-hub-signature': signature(body) })
}

function signature(body: string): string {
  return `sha256=${createHmac('sha256', JIRA_HOOK_SECRET ?? '')
    .update(body)
    .digest('hex')}`
}

function webhook(key: string, id = '10001'): string {
  const named = { name: 'Incident' }
  const fields = { summary: 'hostile', labels: ['mock-scan'], project: { key: 'SEC' }, issuetype: named, status: named }
  const issue = { id, key, self: `${talk.jira.url}/rest/api/2/issue/10001`, fields }
  return JSON.stringify({ webhookEvent: 'jira:issue_created', timestamp: Date.now(), issue })
}

function getUser(name: string): Promise<Response> {
  return fetch(`${adder.url}/users/${encodeURIComponent(name)}`, {
    headers: { authorization: `Bearer ${ADDER_TOKEN}` },
  })
}

/** How much was asked of each outside system. */
function sentOut(): number[] {
  return [talk.jira, talk.directory, talk.virustotal].map(({ requests }) => requests.length)
}

/** Sends a body of 100 MB until the other side has had enough. */
async function sendLarge(path: string, { isChunked }: { isChunked: boolean }) {
  const chunk = Buffer.alloc(64 * 1024, 'a')
  const framed = isChunked
    ? Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')])
    : chunk
  const socket = connect(adder.port, '127.0.0.1')
  const answer = received(socket)
  const length = isChunked ? 'transfer-encoding: chunked' : 'content-length: 100000000'
  socket.write(`POST ${path} HTTP/1.1\r\nhost: adder\r\ncontent-type: application/json\r\n${length}\r\n\r\n`)
  let sentBytes = 0
  let isOver = false
  void answer.then(() => {
    isOver = true
  })
  while (!isOver && sentBytes < 100e6) {
    const isTaken = socket.write(framed)
    sentBytes += chunk.length
    if (!isTaken) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), answer])
  }
  return { answer: await answer, sentBytes }
}

/** What a connection has received when it ends, however it ends. */
function received(socket: ReturnType<typeof connect>): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (more) => {
      text += more
    })
    // A reset is how a server ends what it does not want to read.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
}

function residentBytes(): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${adder.pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
