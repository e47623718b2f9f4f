import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { after, before, describe, type TestContext, test } from 'node:test'
import * as z from 'zod'
import type { AdderEvent } from '../../automations/event.ts'
import { createServer } from '../../endpoints/create-server.ts'
import { createLog } from '../../endpoints/log.ts'
import { verifySignature } from '../../endpoints/verify-signature.ts'
import type { DeliveryRecord } from '../../intake/delivery.ts'
import { hookEndpoints } from '../../intake/hook-endpoints.ts'
import { intake } from '../../intake/intake.ts'
import { redeliver } from '../../intake/redeliver.ts'
import { shownHeaders } from '../../intake/shown-headers.ts'
import { secret } from '../../secrets/secret.ts'
import { source } from './source.ts'

const variables = {
  // GitHub's own vector has this one.
  ADDER_TEST_GITHUB_SECRET: "It's a Secret to Everybody",
  ADDER_TEST_GITHUB_SECRET_OLD: 'the one before',
}
before(() => Object.assign(process.env, variables))
after(() => {
  for (const name of Object.keys(variables)) delete process.env[name]
})

const secrets = [secret('ADDER_TEST_GITHUB_SECRET'), secret('ADDER_TEST_GITHUB_SECRET_OLD')]
const github = source({ secret: secrets })

/** Deliveries of GitHub.com, collected by its own developers. */
const examples: { name: string; examples: Record<string, unknown>[] }[] = createRequire(import.meta.url)(
  '@octokit/webhooks-examples/api.github.com/index.json',
)

/** The examples are years old. */
const now = () => new Date('2019-05-20T00:00:00Z')

/** The first example of an event with this action. */
function example(name: string, action?: string) {
  const all = examples.find((each) => each.name === name)?.examples ?? []
  const found = all.find((each) => action === undefined || each.action === action)
  assert.ok(found, `there is an example of ${name} ${action}`)
  return found
}

function eventsIn(name: string, body: unknown) {
  return github.events(github.schema.parse(github.withHeaders?.(body, { 'x-github-event': name })), {})
}

/** Adder's hooks, with an engine that remembers identities and a history that remembers deliveries. */
async function listening(t: TestContext) {
  const committed = new Map<string, AdderEvent>()
  const records: DeliveryRecord[] = []
  const log = createLog({ destination: { write: () => undefined } })
  const endpoints = hookEndpoints({
    sources: [github],
    commit: async (event) => {
      const state = committed.has(event.id) ? 'duplicate' : 'accepted'
      committed.set(event.id, event)
      return { state, runId: event.id }
    },
    redactions: ['payment-card'],
    now,
    deliveries: { record: (delivery) => void records.push(delivery) },
    log,
  })
  const server = createServer({ endpoints, log })
  t.after(() => server.close())
  const url = await server.listen({ host: '127.0.0.1', port: 0 })

  /** Sends as GitHub does; headers can be added, and taken away by an empty text. */
  const send = (event: string, body: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const all = {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signature(text),
      ...headers,
    }
    return fetch(`${url}/hooks/github`, {
      method: 'POST',
      body: text,
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
    })
  }
  return { send, records, committed: () => [...committed.values()] }
}

function signature(body: string, key = variables.ADDER_TEST_GITHUB_SECRET): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
}

async function statesIn(response: Response): Promise<string[]> {
  const { events } = z.object({ events: z.array(z.object({ state: z.string() })) }).parse(await response.json())
  return events.map(({ state }) => state)
}

describe('a delivery of GitHub', () => {
  test('is authentic by the signature that GitHub publishes a vector for', () => {
    const { authentication } = github
    assert.ok(authentication.kind === 'signature')
    const vector = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'

    const isAuthentic = verifySignature(vector, Buffer.from('Hello, World!'), authentication)

    assert.equal(authentication.header, 'x-hub-signature-256')
    assert.equal(isAuthentic, true)
  })

  test('is taken in with either secret while one replaces the other', async (t) => {
    const { send } = await listening(t)
    const body = JSON.stringify(example('ping'))

    const old = await send('ping', body, { 'x-hub-signature-256': signature(body, 'the one before') })
    const wrong = await send('ping', body, { 'x-hub-signature-256': signature(body, 'another') })

    assert.deepEqual([old.status, wrong.status], [202, 401])
  })

  for (const [what, headers] of [
    ['without a signature', { 'x-hub-signature-256': '' }],
    ['with SHA-1 alone', { 'x-hub-signature-256': '', 'x-hub-signature': `sha1=${'0'.repeat(40)}` }],
    ['with the signature of another body', { 'x-hub-signature-256': signature('{}') }],
  ] as const)
    test(`is refused ${what}, and starts nothing`, async (t) => {
      const { send, records, committed } = await listening(t)

      const { status } = await send('pull_request', example('pull_request', 'opened'), headers)

      assert.equal(status, 401)
      assert.deepEqual([records[0]?.state, records[0]?.check], ['refused', 'signature'])
      assert.deepEqual(committed(), [])
    })

  test('is answered and recorded where it is a ping, and starts nothing', async (t) => {
    const { send, records, committed } = await listening(t)

    const { status } = await send('ping', example('ping'), { 'x-github-delivery': 'a-guid' })

    assert.equal(status, 202)
    assert.deepEqual([records[0]?.state, records[0]?.senderId], ['accepted', 'a-guid'])
    assert.deepEqual(committed(), [])
  })

  test('is kept where the webhook is set to send forms, and the answer names the type to set', async (t) => {
    const { send, records } = await listening(t)
    const body = `payload=${encodeURIComponent(JSON.stringify(example('ping')))}`

    const response = await send('ping', body, { 'content-type': 'application/x-www-form-urlencoded' })

    assert.equal(response.status, 415)
    assert.match(await response.text(), /application\/json/)
    assert.deepEqual([records[0]?.state, records[0]?.check], ['kept', 'content-type'])
  })

  for (const [what, event, change, field] of [
    ['has no event in its headers', '', {}, 'x-github-event'],
    ['has another event in its headers', 'issues', {}, 'issue'],
    ['has no pull request', 'pull_request', { pull_request: undefined }, 'pull_request'],
    ['has a number that is none', 'pull_request', { number: 'two' }, 'number'],
    ['has a hostile repository', 'pull_request', { repository: { id: 1, full_name: '../..' } }, 'repository.full_name'],
  ] as const)
    test(`is kept where it ${what}, and the answer names the field`, async (t) => {
      const { send, records } = await listening(t)

      const response = await send(event, { ...example('pull_request', 'opened'), ...change })

      assert.equal(response.status, 422)
      const { errors } = z.object({ errors: z.array(z.object({ field: z.string() })) }).parse(await response.json())
      assert.deepEqual(errors[0]?.field, field)
      assert.equal(records[0]?.state, 'kept')
    })

  test('can be taken in once more after it was kept, with the event that its headers had named', async () => {
    const committed: AdderEvent[] = []
    const taken = intake({
      commit: async (event) => {
        committed.push(event)
        return { state: 'accepted', runId: event.id }
      },
      redactions: [],
      now,
      deliveries: { record: () => undefined },
      log: createLog({ destination: { write: () => undefined } }),
    })
    const headers = shownHeaders({
      'x-github-event': 'pull_request',
      'x-github-delivery': 'a-guid',
      'x-hub-signature-256': signature('{}'),
    })
    const content = { headers, body: example('pull_request', 'opened') }

    await redeliver({ sources: [github], intake: taken })({
      id: randomUUID(),
      source: 'github',
      receivedAt: now().toISOString(),
      state: 'kept',
      events: [],
      ms: 0,
      content,
    })

    assert.deepEqual(
      committed.map(({ kind }) => kind),
      ['github.pull_request'],
    )
    assert.doesNotMatch(JSON.stringify(headers), /sha256=/)
  })

  test('means the same event when it is sent again, and by another webhook', async (t) => {
    const { send, committed } = await listening(t)
    const body = example('pull_request', 'synchronize')

    const first = await send('pull_request', body)
    const again = await send('pull_request', body)
    const ofOrganization = await send('pull_request', { ...body, organization: { login: 'acme' } })

    const states = await Promise.all([first, again, ofOrganization].map(statesIn))
    assert.deepEqual(states, [['accepted'], ['duplicate'], ['duplicate']])
    assert.equal(committed().length, 1)
  })
})

describe('the events of GitHub', () => {
  test('tell of a pull request that was opened', () => {
    const [event, ...others] = eventsIn('pull_request', example('pull_request', 'opened'))

    assert.deepEqual(others, [])
    assert.deepEqual(event, {
      kind: 'github.pull_request',
      identity: ['github.com', '186853002', '2', 'opened'],
      at: new Date('2019-05-15T15:20:33Z'),
      data: {
        action: 'opened',
        repository: 'Codertocat/Hello-World',
        actor: 'Codertocat',
        pullRequest: {
          number: 2,
          url: 'https://github.com/Codertocat/Hello-World/pull/2',
          title: 'Update the README with new information.',
          body: 'This is a pretty simple change that we need to pull into master.',
          author: 'Codertocat',
          state: 'open',
          isDraft: false,
          isMerged: false,
          labels: [],
          head: { branch: 'changes', commit: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821' },
          base: 'master',
          commits: 1,
          additions: 1,
          deletions: 1,
          changedFiles: 1,
        },
      },
    })
  })

  test('are another one for each head, and each time that it is closed', () => {
    const synchronized = example('pull_request', 'synchronize')
    const closed = example('pull_request', 'closed')
    const of = (body: Record<string, unknown>, change: Record<string, unknown>) => {
      const pull_request = { ...Object(body.pull_request), ...change }
      return eventsIn('pull_request', { ...body, pull_request })[0]?.identity.join(' ')
    }

    const identities = [
      of(synchronized, {}),
      of(synchronized, { head: { ref: 'changes', sha: 'a'.repeat(40) } }),
      of(closed, {}),
      of(closed, { updated_at: '2019-05-16T00:00:00Z' }),
    ]

    assert.equal(new Set(identities).size, identities.length)
  })

  test('tell a merge from a pull request that was closed without one', () => {
    const closed = example('pull_request', 'closed')
    const merged = { ...closed, pull_request: { ...Object(closed.pull_request), merged_at: '2019-05-16T00:00:00Z' } }

    const [without] = eventsIn('pull_request', closed)
    const [withMerge] = eventsIn('pull_request', merged)

    assert.deepEqual(
      [Object(without?.data).pullRequest.isMerged, Object(withMerge?.data).pullRequest.isMerged],
      [false, true],
    )
  })

  test('tell of a comment without its marker, and by the marker that Adder wrote it', () => {
    const created = example('issue_comment', 'created')
    const marker = `adder-${'0'.repeat(24)}`
    const own = { ...Object(created.comment), body: `Hello\n\n<!-- ${marker} -->` }

    const [byPerson] = eventsIn('issue_comment', created)
    const [byAdder] = eventsIn('issue_comment', { ...created, comment: own })

    assert.equal(byPerson?.kind, 'github.comment')
    assert.equal(Object(byPerson?.data).marker, undefined)
    assert.deepEqual([Object(byAdder?.data).marker, Object(byAdder?.data).comment.body], [marker, 'Hello'])
  })

  test('name a deleted account as GitHub does', () => {
    const opened = example('pull_request', 'opened')

    const [event] = eventsIn('pull_request', {
      ...opened,
      pull_request: { ...Object(opened.pull_request), user: null },
    })

    assert.equal(Object(event?.data).pullRequest.author, 'ghost')
  })

  const told: Record<string, readonly string[]> = {
    pull_request: ['opened', 'edited', 'synchronize', 'closed', 'reopened', 'converted_to_draft', 'ready_for_review'],
    issues: ['opened', 'edited', 'closed', 'reopened'],
    issue_comment: ['created'],
  }

  test('are made of each example of what they tell, and of no other of all that GitHub sends', () => {
    for (const { name, examples: bodies } of examples)
      for (const body of bodies) {
        const isTold = told[name]?.includes(String(body.action)) ?? false

        assert.equal(eventsIn(name, body).length, isTold ? 1 : 0, `${name} ${body.action}`)
      }
  })

  test('are never made of one kind of delivery under the header of another', () => {
    for (const { name, examples: bodies } of examples)
      for (const other of Object.keys(told).filter((each) => each !== name))
        for (const body of bodies) {
          const parsed = github.schema.safeParse(github.withHeaders?.(body, { 'x-github-event': other }))

          const events = parsed.success ? github.events(parsed.data, {}) : []
          assert.deepEqual(events, [], `${name} ${body.action} as ${other}`)
        }
  })
})
