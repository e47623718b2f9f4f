import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type HttpStandIn, httpStandIn } from './http-stand-in.ts'

async function counter(): Promise<HttpStandIn & { count: () => number }> {
  let count = 0
  const standIn = await httpStandIn({
    routes: {
      'GET /count': () => ({ json: { count } }),
      'POST /count/:by': ({ params, json }) => {
        count += Number(params.by)
        return { status: 201, json: { count, echo: json } }
      },
      'GET /page': () => ({ html: '<p>page</p>' }),
    },
    isPage: (path) => path === '/page',
  })
  after(() => standIn.close())
  return Object.assign(standIn, { count: () => count })
}

function add(standIn: HttpStandIn, body = '{"a":1}', type = 'application/json'): Promise<Response> {
  return fetch(`${standIn.url}/count/2`, { method: 'POST', body, headers: { 'content-type': type } })
}

async function statuses(standIn: HttpStandIn, requests: number): Promise<number[]> {
  const seen: number[] = []
  while (seen.length < requests) seen.push((await fetch(`${standIn.url}/count`)).status)
  return seen
}

describe('an HTTP stand-in', () => {
  test('routes by method and path and hands over parameters and the JSON body', async () => {
    const standIn = await counter()

    const answer = await add(standIn)

    assert.equal(answer.status, 201)
    assert.deepEqual(await answer.json(), { count: 2, echo: { a: 1 } })
    assert.equal((await fetch(`${standIn.url}/count/2`)).status, 404)
  })

  test('answers a body that is not JSON with 400 and does nothing', async () => {
    const standIn = await counter()

    const answer = await add(standIn, '{"a":')

    assert.equal(answer.status, 400)
    assert.equal(standIn.count(), 0)
  })

  test('records what arrived and what it got', async () => {
    const standIn = await counter()

    await add(standIn)

    const [first] = standIn.requests
    assert.equal(standIn.requests.length, 1)
    assert.deepEqual([first?.method, first?.path, first?.json, first?.status], ['POST', '/count/2', { a: 1 }, 201])
  })

  test('refuses exactly the share that it is told to, spread evenly', async () => {
    const standIn = await counter()

    standIn.misbehave({ broken: 0.3 })

    assert.deepEqual(await statuses(standIn, 10), [200, 200, 200, 500, 200, 200, 500, 200, 200, 500])
  })

  test('answers 429 with the Retry-After that it is told', async () => {
    const standIn = await counter()
    standIn.misbehave({ rateLimited: 1, retryAfterSeconds: 7 })

    const answer = await add(standIn)

    assert.equal(answer.status, 429)
    assert.equal(answer.headers.get('retry-after'), '7')
    assert.equal(standIn.count(), 0)
  })

  test('does what was asked and cuts the connection where the answer is to get lost', async () => {
    const standIn = await counter()
    standIn.misbehave({ lostAnswers: 1 })

    await assert.rejects(add(standIn))

    assert.equal(standIn.count(), 2)
    assert.equal(standIn.requests[0]?.status, undefined)
  })

  test('refuses connections while it is down and comes back on the same port', async () => {
    const standIn = await counter()
    await add(standIn)

    standIn.misbehave({ down: true })
    await assert.rejects(fetch(`${standIn.url}/count`))
    standIn.misbehave({})
    const answer = await fetch(`${standIn.url}/count`)

    assert.deepEqual(await answer.json(), { count: 2 })
  })

  test('waits before it answers when it is slow', async () => {
    const standIn = await counter()
    standIn.misbehave({ slowMs: 60_000 })
    const impatient = new AbortController()

    const answer = fetch(`${standIn.url}/count`, { signal: impatient.signal })
    while (standIn.requests.length === 0) await new Promise(setImmediate)
    impatient.abort()

    await assert.rejects(answer)
    assert.equal(standIn.requests[0]?.status, undefined)
  })

  test('keeps its pages for people well', async () => {
    const standIn = await counter()
    standIn.misbehave({ broken: 1 })

    const answer = await fetch(`${standIn.url}/page`)

    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'text/html;charset=UTF-8')
  })
})
