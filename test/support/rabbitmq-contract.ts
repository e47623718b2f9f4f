import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { type ChannelModel, type ConfirmChannel, connect, type Options } from 'amqplib'
import * as z from 'zod'
import type { AdderEvent } from '../../src/automations/event.ts'
import { freePort } from '../../src/cli/demo/free-port.ts'
import type { EffectCall } from '../../src/connectors/effect.ts'
import { createLog } from '../../src/endpoints/log.ts'
import { EngineUnavailable } from '../../src/engine/engine-errors.ts'
import { ConnectorRefused, ConnectorUnavailable } from '../../src/errors/connector-errors.ts'
import type { Commit } from '../../src/intake/commit-events.ts'
import type { DeliveryRecord } from '../../src/intake/delivery.ts'
import { readingQueues } from '../../src/intake/reading-queues.ts'
import * as rabbitMq from '../../src/integrations/rabbitmq/index.ts'
import { secret } from '../../src/secrets/secret.ts'
import { startCutProxy } from './cut-proxy.ts'
import { until } from './until.ts'

/** A broker with the account `adder`, and an exchange `siem` that gives what has the key `alert.high` to the queue `siem-high`. */
export interface BrokerUnderTest {
  port: number
  password: string
  close(): Promise<void>
}

export const brokerUser = 'adder'

const Alert = z.object({ id: z.string(), host: z.string().optional() })

/** What the integration does against any RabbitMQ. */
export function rabbitMqContract(
  name: string,
  { start, skip }: { start(): Promise<BrokerUnderTest>; skip: string | false },
): void {
  describe(`RabbitMQ, ${name}`, { skip, timeout: 180_000 }, () => {
    const password = 'RABBITMQ_CONTRACT_PASSWORD'
    let broker: BrokerUnderTest
    let connection: ChannelModel
    let channel: ConfirmChannel

    before(async () => {
      broker = await start()
      process.env[password] = broker.password
      connection = await connect({ port: broker.port, username: brokerUser, password: broker.password })
      channel = await connection.createConfirmChannel()
    })
    after(async () => {
      await connection?.close()
      await broker?.close()
      delete process.env[password]
    })

    const account = (port = broker.port) => ({
      url: `amqp://127.0.0.1:${port}`,
      user: brokerUser,
      password: secret(password),
    })

    /** A queue of its own, whose dead letters go to another. */
    async function queues(t: TestContext, more: Options.AssertQueue = {}) {
      const queue = `alerts-${randomUUID()}`
      const dead = `${queue}.dead`
      await channel.assertQueue(dead, { durable: true })
      await channel.assertQueue(queue, { durable: true, deadLetterExchange: '', deadLetterRoutingKey: dead, ...more })
      t.after(async () => {
        await channel.deleteQueue(queue)
        await channel.deleteQueue(dead)
      })
      return { queue, dead }
    }

    async function put(queue: string, body: unknown, options: Options.Publish = {}): Promise<void> {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      channel.publish('', queue, Buffer.from(text), options)
      await channel.waitForConfirms()
    }

    const waiting = async (queue: string) => (await channel.checkQueue(queue)).messageCount

    /** Adder's intake of one queue, with an engine that commits to memory as `commit` lets it. */
    function reading(t: TestContext, queue: string, options: ReadingOptions = {}) {
      const { commit: first = async () => undefined, keep = async () => undefined, port, ...more } = options
      const events = new Map<string, AdderEvent>()
      const records: DeliveryRecord[] = []
      const lines: string[] = []
      const commit: Commit = async (event) => {
        await first(event)
        const state = events.has(event.id) ? 'duplicate' : 'accepted'
        events.set(event.id, event)
        return { state }
      }
      const source = rabbitMq.source({
        ...account(port),
        name: 'alerts',
        queue,
        maxBytes: 1000,
        schema: Alert,
        event: (data) => ({ data }),
        ...more,
      })
      const open = () =>
        readingQueues({
          sources: [source],
          commit,
          redactions: ['payment-card'],
          deliveries: { record: (record) => keep().then(() => void records.push(record)) },
          log: createLog({ destination: { write: (line) => lines.push(line) } }),
          firstWaitMs: 20,
        })
      const queues = open()
      queues.start()
      t.after(() => queues.close())
      const states = () => records.map(({ state, check }) => (check === undefined ? state : `${state}: ${check}`))
      const seen = (count: number) =>
        until(`${count} deliveries`, () => records.length >= count, { shown: () => lines.join('') })
      return { source, queues, records, lines, states, seen, committed: () => [...events.values()] }
    }

    describe('its source', () => {
      test('takes a message in, acknowledges it and knows it by its message_id', async (t) => {
        const { queue } = await queues(t)
        const timestamp = Math.floor(Date.now() / 1000) - 60
        await put(queue, { id: 'a', host: 'web-1' }, { messageId: 'm-1', timestamp })

        const { seen, committed, records, queues: read } = reading(t, queue)

        await seen(1)
        await read.close()
        assert.equal(await waiting(queue), 0)
        assert.deepEqual(
          committed().map(({ kind, source, at, data }) => ({ kind, source, at, data })),
          [
            {
              kind: 'rabbitmq.alerts',
              source: 'alerts',
              at: new Date(timestamp * 1000).toISOString(),
              data: { id: 'a', host: 'web-1' },
            },
          ],
        )
        assert.deepEqual([records[0]?.state, records[0]?.senderId], ['accepted', 'm-1'])
      })

      const same: [string, [unknown, Options.Publish], [unknown, Options.Publish], string][] = [
        ['the same message_id', [{ id: 'a' }, { messageId: 'm' }], [{ id: 'b' }, { messageId: 'm' }], 'duplicate'],
        ['another message_id', [{ id: 'a' }, { messageId: 'm' }], [{ id: 'a' }, { messageId: 'n' }], 'accepted'],
        ['no message_id and the same body', [{ id: 'a' }, {}], [{ id: 'a' }, {}], 'duplicate'],
        ['no message_id and another body', [{ id: 'a' }, {}], [{ id: 'b' }, {}], 'accepted'],
      ]
      for (const [what, [body, options], [secondBody, secondOptions], state] of same)
        test(`calls a message with ${what} ${state}`, async (t) => {
          const { queue } = await queues(t)
          await put(queue, body, options)
          await put(queue, secondBody, secondOptions)

          const { seen, states } = reading(t, queue, { atOnce: 1 })

          await seen(2)
          assert.deepEqual(states(), ['accepted', state])
        })

      test('knows an event by what the configuration takes for its identity, with its headers at hand', async (t) => {
        const { queue } = await queues(t)
        const event: ReadingOptions['event'] = (data, headers) => ({
          identity: [data.id, String(headers.severity), String(headers['routing-key'])],
          data,
        })
        for (const severity of ['high', 'high', 'low']) await put(queue, { id: 'a' }, { headers: { severity } })

        const { seen, states } = reading(t, queue, { event, atOnce: 1 })

        await seen(3)
        assert.deepEqual(states(), ['accepted', 'duplicate', 'accepted'])
      })

      test('takes the present for the time of an event whose timestamp is far ahead', async (t) => {
        const { queue } = await queues(t)
        const before = Date.now()
        await put(queue, { id: 'a' }, { timestamp: Date.now() })

        const { seen, committed } = reading(t, queue)

        await seen(1)
        const at = Date.parse(committed()[0]?.at ?? '')
        assert.ok(at >= before && at <= Date.now())
      })

      test('gives a message back that was not committed when Adder stops, and takes it in next time', async (t) => {
        const { queue } = await queues(t)
        const never = Promise.withResolvers<void>()
        t.after(() => never.resolve())
        let begun = 0
        await put(queue, { id: 'a' })
        const stopped = reading(t, queue, {
          commit: () => {
            begun += 1
            return never.promise
          },
        })
        await until('it is being committed', () => begun === 1)
        assert.equal(await waiting(queue), 0)

        await stopped.queues.close()

        await until('the queue has it again', async () => (await waiting(queue)) === 1)
        const { seen, states } = reading(t, queue)
        await seen(1)
        assert.deepEqual(states(), ['accepted'])
      })

      test('finishes what is under way when Adder stops', async (t) => {
        const { queue } = await queues(t)
        const gate = Promise.withResolvers<void>()
        let begun = 0
        await put(queue, { id: 'a' })
        const { queues: read, states } = reading(t, queue, {
          commit: () => {
            begun += 1
            return gate.promise
          },
        })
        await until('it is being committed', () => begun === 1)

        const closed = read.close()
        gate.resolve()
        await closed

        assert.deepEqual(states(), ['accepted'])
        assert.equal(await waiting(queue), 0)
      })

      test('keeps a message while Adder can take nothing in, asks again, and takes no more than it may', async (t) => {
        const { queue } = await queues(t)
        for (const id of ['a', 'b', 'c', 'd', 'e']) await put(queue, { id }, { messageId: id })
        let isAway = true
        const { lines, seen, states, committed } = reading(t, queue, {
          atOnce: 2,
          commit: async () => {
            if (isAway) throw new EngineUnavailable('away')
          },
        })

        await until('it was tried several times', () => lines.filter((line) => line.includes('"engine"')).length >= 6)
        // It is in the queue as it was.
        assert.deepEqual(states(), [])
        assert.equal(await waiting(queue), 3)
        assert.deepEqual(committed(), [])

        isAway = false
        await until('all are in', () => committed().length === 5)
        await seen(1)
        assert.deepEqual([await waiting(queue), states().filter((state) => state === 'accepted').length], [0, 5])
      })

      const poison: [string, string, Options.Publish, string][] = [
        ['that is no JSON', '{"id": ', {}, 'kept: json'],
        ['of another shape', '{"ident":"4111 1111 1111 1111"}', {}, 'kept: shape'],
        ['that is empty', '', {}, 'kept: json'],
        ['of another content type', '{"id":"a"}', { contentType: 'text/plain' }, 'kept: content-type'],
        ['that is too large', JSON.stringify({ id: 'a'.repeat(1000) }), {}, 'refused: size'],
        ['that is nested too deeply', `{"id":${'['.repeat(90)}${']'.repeat(90)}}`, {}, 'kept: json'],
      ]
      for (const [what, text, options, state] of poison)
        test(`rejects a message ${what} once, to the dead letters, and records it`, async (t) => {
          const { queue, dead } = await queues(t)
          await put(queue, text, options)
          await put(queue, { id: 'good' })

          const { states, seen, committed } = reading(t, queue, { atOnce: 1 })

          await seen(2)
          await until('the dead letters have it', async () => (await waiting(dead)) === 1)
          assert.deepEqual(states(), [state, 'accepted'])
          assert.equal(committed().length, 1)
          assert.equal(await waiting(queue), 0)
        })

      test('leaves a message that it can’t read in the queue until it can be kept', async (t) => {
        const { queue, dead } = await queues(t)
        await put(queue, 'no JSON')
        let tries = 0

        const { states } = reading(t, queue, {
          keep: async () => {
            tries += 1
            if (tries < 3) throw new Error('disk full')
          },
        })

        await until('the dead letters have it', async () => (await waiting(dead)) === 1)
        assert.deepEqual([tries, states()], [3, ['kept: json']])
      })

      test('rejects a message that the configuration’s own code can’t read', async (t) => {
        const { queue, dead } = await queues(t)
        await put(queue, { id: 'a' })

        const { states } = reading(t, queue, {
          event: () => {
            throw new Error('a mistake')
          },
        })

        await until('the dead letters have it', async () => (await waiting(dead)) === 1)
        assert.deepEqual(states(), ['kept: events'])
      })

      test('connects again when the connection breaks, and what comes again is a duplicate', async (t) => {
        const { queue } = await queues(t)
        const proxy = await startCutProxy(broker.port)
        t.after(() => proxy.close())
        await put(queue, { id: 'a' }, { messageId: 'm-1' })
        // It is in, and then its acknowledgement gets lost.
        let isCut = false
        const { states, seen, lines } = reading(t, queue, {
          port: proxy.port,
          event: (data) => ({ data }),
          commit: async () => {
            if (isCut) return
            isCut = true
            proxy.cut()
          },
        })

        await seen(2)

        assert.deepEqual(states(), ['accepted', 'duplicate'])
        await put(queue, { id: 'b' }, { messageId: 'm-2' })
        await seen(3)
        assert.equal(states().at(-1), 'accepted')
        assert.match(lines.join(''), /a queue could not be read/)
        assert.ok(!lines.join('').includes(broker.password))
      })

      test('says that the queue is not there, and reads it as soon as it is', async (t) => {
        const queue = `late-${randomUUID()}`
        const { lines, seen, states } = reading(t, queue)
        await until('it has said so', () => lines.some((line) => line.includes('connector.refused')))
        assert.match(lines.join(''), /it is not there; reply code 404/)

        await channel.assertQueue(queue, { durable: true })
        t.after(() => channel.deleteQueue(queue))
        await put(queue, { id: 'a' })

        await seen(1)
        assert.deepEqual(states(), ['accepted'])
      })

      test('reads on when its queue is deleted and declared again', async (t) => {
        const queue = `deleted-${randomUUID()}`
        await channel.assertQueue(queue, { durable: true })
        t.after(() => channel.deleteQueue(queue))
        const { seen, lines } = reading(t, queue)
        await put(queue, { id: 'a' })
        await seen(1)

        await channel.deleteQueue(queue)
        await until('it was told', () => lines.some((line) => line.includes('a queue could not be read')))
        await channel.assertQueue(queue, { durable: true })
        await put(queue, { id: 'b' })

        await seen(2)
      })

      test('tells a doctor whether the queue is there, and takes nothing out of it', async (t) => {
        const { queue } = await queues(t)
        await put(queue, { id: 'a' })
        const probe = async (of: string) => {
          const source = rabbitMq.source({
            ...account(),
            name: 'a',
            queue: of,
            schema: Alert,
            event: (data) => ({ data }),
          })
          assert.equal(source.authentication.kind, 'queue')
          if (source.authentication.kind !== 'queue') return []
          return source.authentication.connect().probe(() => ({ signal: AbortSignal.timeout(5000) }))
        }

        assert.deepEqual(await probe(queue), [])
        await assert.rejects(probe('none'), { code: 'connector.refused', status: 404 })
        assert.equal(await waiting(queue), 1)
      })
    })

    describe('its connector', () => {
      const call = (more: Partial<EffectCall> = {}): EffectCall => ({
        marker: `adder-${'0123456789ab'.repeat(2)}`,
        intendedAt: '2026-11-29T08:00:00.000Z',
        signal: AbortSignal.timeout(10_000),
        ...more,
      })

      function publishing(t: TestContext, options: Partial<rabbitMq.AmqpBrokerOptions> = {}) {
        const connected = rabbitMq.connector({ ...account(), ...options }).connect()
        t.after(() => connected.close())
        const publish = (input: Parameters<typeof connected.effects.publish.make>[0], more: Partial<EffectCall> = {}) =>
          connected.effects.publish.make(input, call(more))
        return { connected, publish }
      }

      test('publishes to an exchange, persistent, with the marker as message_id', async (t) => {
        const { publish } = publishing(t)
        await channel.assertQueue('siem-high', { durable: true })

        await publish({ exchange: 'siem', routingKey: 'alert.high', body: { host: 'wéb-1' }, type: 'isolated' })

        const got = await channel.get('siem-high', { noAck: true })
        assert.ok(got)
        const { messageId, contentType, deliveryMode, type, appId, timestamp } = got.properties
        assert.deepEqual(JSON.parse(String(got.content)), { host: 'wéb-1' })
        assert.deepEqual(
          { messageId, contentType, deliveryMode, type, appId, timestamp },
          {
            messageId: call().marker,
            contentType: 'application/json',
            deliveryMode: 2,
            type: 'isolated',
            appId: 'adder',
            timestamp: Date.parse(call().intendedAt) / 1000,
          },
        )
      })

      test('publishes many at once, each confirmed by itself, while one of them is refused', async (t) => {
        const { queue } = await queues(t)
        const { publish } = publishing(t)

        const published = await Promise.allSettled([
          ...Array.from({ length: 50 }, (_, id) => publish({ exchange: '', routingKey: queue, body: { id } })),
          publish({ exchange: 'none', routingKey: 'x', body: 1 }),
        ])

        assert.equal(published.filter(({ status }) => status === 'fulfilled').length, 50)
        assert.equal(await waiting(queue), 50)
      })

      const refused: [string, string, string, number][] = [
        ['no queue takes it', '', 'no-such-queue', 312],
        ['no binding has its routing key', 'siem', 'alert.none', 312],
        ['there is no such exchange', 'none', 'alert.high', 404],
      ]
      for (const [what, exchange, routingKey, status] of refused)
        test(`is refused where ${what}`, async (t) => {
          const { publish } = publishing(t)

          await assert.rejects(publish({ exchange, routingKey, body: {} }), (error) => {
            assert.ok(error instanceof ConnectorRefused, inspect(error))
            assert.equal(error.status, status)
            return true
          })
        })

      test('is in doubt where the broker says that it did not take it', async (t) => {
        const { queue } = await queues(t, { maxLength: 1, overflow: 'reject-publish' })
        const { publish } = publishing(t)
        await publish({ exchange: '', routingKey: queue, body: {} })

        await assert.rejects(publish({ exchange: '', routingKey: queue, body: {} }), (error) => {
          assert.ok(error instanceof ConnectorUnavailable && error.mayHaveHappened, inspect(error))
          assert.match(error.message, /could not take the message/)
          return true
        })
      })

      test('has not happened where the broker falls silent before it is sent, and connects again afterwards', async (t) => {
        const { queue } = await queues(t)
        const proxy = await startCutProxy(broker.port)
        t.after(() => proxy.close())
        const { publish, connected } = publishing(t, account(proxy.port))
        await connected.probe({ signal: AbortSignal.timeout(5000) })

        proxy.mute()
        const lost = publish({ exchange: '', routingKey: queue, body: {} }, { signal: AbortSignal.timeout(300) })

        await assert.rejects(lost, (error) => error instanceof ConnectorUnavailable && !error.mayHaveHappened)
        proxy.cut()
        await until('it has connected again', () =>
          publish({ exchange: '', routingKey: queue, body: {} }).then(
            () => true,
            () => false,
          ),
        )
        assert.equal(await waiting(queue), 1)
      })

      test('has not happened where nobody listens', async (t) => {
        const { publish } = publishing(t, { url: `amqp://127.0.0.1:${await freePort()}` })

        await assert.rejects(publish({ exchange: '', routingKey: 'x', body: {} }), (error) => {
          assert.ok(error instanceof ConnectorUnavailable && !error.mayHaveHappened, inspect(error))
          assert.match(error.message, /nobody listens there/)
          return true
        })
      })

      test('has not happened where its time is up before it begins', async (t) => {
        const { publish } = publishing(t)

        await assert.rejects(
          publish({ exchange: '', routingKey: 'x', body: {} }, { signal: AbortSignal.abort() }),
          (error) => error instanceof ConnectorUnavailable && !error.mayHaveHappened,
        )
      })

      const barred: [string, () => Partial<rabbitMq.AmqpBrokerOptions>, number][] = [
        ['its user', () => ({ user: 'stranger' }), 401],
        ['the virtual host', () => ({ url: `amqp://127.0.0.1:${broker.port}/none` }), 530],
      ]
      for (const [what, options, status] of barred)
        test(`is refused where the broker does not know ${what}, and shows no password`, async (t) => {
          const { connected } = publishing(t, options())

          await assert.rejects(connected.probe({ signal: AbortSignal.timeout(5000) }), (error) => {
            assert.ok(error instanceof ConnectorRefused, inspect(error))
            assert.equal(error.status, status)
            assert.ok(!inspect(error, { depth: 9 }).includes(broker.password))
            return true
          })
        })

      const bad: [string, Record<string, unknown>][] = [
        ['without a routing key', { exchange: '', body: {} }],
        ['with a name that AMQP has no room for', { exchange: 'é'.repeat(128), routingKey: 'x', body: {} }],
        ['with a body that is no JSON', { exchange: '', routingKey: 'x', body: { at: new Date() } }],
        ['with a body that is huge', { exchange: '', routingKey: 'x', body: 'a'.repeat(1_000_000) }],
      ]
      for (const [what, input] of bad)
        test(`publishes nothing ${what}`, async (t) => {
          const { publish } = publishing(t)

          await assert.rejects(publish(input as never), { code: 'connector.input_invalid' }) // wrong on purpose
        })
    })
  })
}

interface ReadingOptions
  extends Partial<
    Pick<rabbitMq.RabbitMqSourceOptions<z.infer<typeof Alert>, z.infer<typeof Alert>>, 'atOnce' | 'event'>
  > {
  /** Done before an event is committed. */
  commit?(event: AdderEvent): Promise<void>
  /** Done before a delivery is recorded. */
  keep?(): Promise<void>
  port?: number
}
