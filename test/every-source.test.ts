import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import type { AdderEvent } from '../src/automations/event.ts'
import { projectFaults } from '../src/config/project-faults.ts'
import { createServer } from '../src/endpoints/create-server.ts'
import { createLog } from '../src/endpoints/log.ts'
import type { DeliveryRecord } from '../src/intake/delivery.ts'
import { hookEndpoints } from '../src/intake/hook-endpoints.ts'
import type { SourceDefinition } from '../src/intake/source.ts'
import { secret } from '../src/secrets/secret.ts'
import { everySource } from './support/every-source.ts'

const now = () => new Date('2026-11-29T09:00:00Z')

interface Sending {
  text?: string
  /** What the delivery is proved with. Default: the newer of the two secrets. */
  word?: string
  headers?: Record<string, string>
}

/** Adder's hook of one source, with an engine that commits to memory, and two secrets that are valid at once. */
async function hook(t: TestContext, title: string) {
  const [newer, older] = [randomUUID(), randomUUID()]
  const variables = { [`NEWER_${newer}`]: newer, [`OLDER_${older}`]: older }
  Object.assign(process.env, variables)
  const source = everySource(Object.keys(variables).map(secret)).find((each) => each.title === title)
  assert.ok(source)
  const { definition, delivery } = source
  const events = new Map<string, AdderEvent>()
  const records: DeliveryRecord[] = []
  const lines: string[] = []
  const log = createLog({ destination: { write: (line) => lines.push(line) } })
  const endpoints = hookEndpoints({
    sources: [definition],
    commit: async (event) => {
      const state = events.has(event.id) ? 'duplicate' : 'accepted'
      events.set(event.id, event)
      return { state, runId: event.id }
    },
    redactions: [],
    deliveries: { record: (record) => void records.push(record) },
    now,
    log,
  })
  const server = createServer({ endpoints, log })
  t.after(async () => {
    await server.close()
    for (const name of Object.keys(variables)) delete process.env[name]
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const send = async ({ text = JSON.stringify(delivery.body), word = newer, headers = {} }: Sending = {}) => {
    const proof = proofOf(definition, word, text)
    const answer = await fetch(`${url}/hooks/${definition.name}`, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json', ...delivery.headers, ...proof, ...headers },
    })
    await answer.body?.cancel()
    return { status: answer.status }
  }
  return { definition, delivery, send, newer, older, records, lines, committed: () => events.size }
}

function proofOf({ authentication }: SourceDefinition, word: string, text: string): Record<string, string> {
  if (authentication.kind === 'queue') return {}
  if (authentication.kind === 'url-token') return { authorization: `Bearer ${word}` }
  const { header } = authentication
  if (authentication.kind === 'header-token') return { [header]: word }
  const { prefix } = authentication
  return { [header]: `${prefix}${createHmac('sha256', word).update(text).digest('hex')}` }
}

/** Those that somebody sends to. test/support/rabbitmq-contract.ts has the other. */
const hooked = everySource().filter(({ definition }) => definition.authentication.kind !== 'queue')

for (const { title, definition } of hooked)
  describe(`the source of ${title}`, () => {
    const taken = definition.answer === undefined ? 202 : 200

    test('has no fault in a configuration', async (t) => {
      const { sweep: _, ...source } = (await hook(t, title)).definition

      assert.deepEqual(projectFaults({ config: { sources: [source] }, automations: [], endpoints: [] }), [])
    })

    test('takes a delivery in, and the same one again as the same facts', async (t) => {
      const { send, committed, records } = await hook(t, title)

      const first = await send()
      const facts = committed()
      const again = await send()

      assert.deepEqual([first.status, again.status], [taken, taken])
      assert.ok(facts > 0)
      assert.equal(committed(), facts)
      const states = records.map(({ events }) => new Set(events?.map(({ state }) => state)))
      assert.deepEqual(states, [new Set(['accepted']), new Set(['duplicate'])])
    })

    test('takes the older secret too, while one replaces the other', async (t) => {
      const { send, older } = await hook(t, title)

      assert.equal((await send({ word: older })).status, taken)
    })

    test('takes keys that it does not know', async (t) => {
      const { send, delivery, committed } = await hook(t, title)

      const { status } = await send({ text: JSON.stringify({ ...delivery.body, somethingNew: { a: [1] } }) })

      assert.deepEqual([status, committed() > 0], [taken, true])
    })

    test('refuses a wrong secret and none, and records that without the secret', async (t) => {
      const { definition, send, committed, records, lines } = await hook(t, title)
      const { authentication } = definition
      const header = 'header' in authentication ? authentication.header : 'authorization'
      const wrong = randomUUID()

      const statuses = [(await send({ word: wrong })).status, (await send({ headers: { [header]: '' } })).status]

      assert.deepEqual([statuses, committed()], [[401, 401], 0])
      assert.ok(records.length > 0 && records.every(({ state }) => state === 'refused'))
      assert.ok(!JSON.stringify([records, lines]).includes(wrong))
    })

    test('refuses a body that is larger than its sender’s are, before it is read', async (t) => {
      const { definition, send, committed } = await hook(t, title)

      const { status } = await send({ text: JSON.stringify({ text: 'a'.repeat(definition.maxBytes) }) })

      assert.deepEqual([status, committed()], [413, 0])
    })

    test('keeps what is authentic and is no JSON, or none of its sender’s', async (t) => {
      const { send, committed, records } = await hook(t, title)

      const statuses = []
      for (const text of ['{"a": ', '[]', '"text"', 'null', '{"a":1}']) statuses.push((await send({ text })).status)

      assert.ok(
        statuses.every((status) => status === 400 || status === 422),
        String(statuses),
      )
      assert.equal(committed(), 0)
      assert.deepEqual(
        records.map(({ state }) => state),
        statuses.map(() => 'kept'),
      )
    })
  })

for (const { title, definition } of everySource())
  if (definition.authentication.kind === 'queue')
    test(`the source of ${title} has no hook`, async (t) => {
      const { send, committed } = await hook(t, title)

      assert.deepEqual([(await send()).status, committed()], [404, 0])
    })

for (const { title, definition } of everySource())
  if (definition.authentication.kind === 'signature')
    test(`the source of ${title} refuses a body that was changed after it was signed`, async (t) => {
      const { definition, delivery, send, newer, committed } = await hook(t, title)
      const proof = proofOf(definition, newer, JSON.stringify(delivery.body))

      const { status } = await send({ text: `${JSON.stringify(delivery.body)} `, headers: proof })

      assert.deepEqual([status, committed()], [401, 0])
    })
