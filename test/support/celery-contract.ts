import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import type { EffectCall } from '../../src/connectors/effect.ts'
import { ConnectorRefused } from '../../src/errors/connector-errors.ts'
import * as celery from '../../src/integrations/celery/index.ts'
import { secret } from '../../src/secrets/secret.ts'
import { type BrokerUnderTest, brokerUser } from './rabbitmq-contract.ts'
import { until } from './until.ts'

/**
 * A worker on the broker's queue `celery` that tells when it begins a task, with these:
 * - `adder.add(a, b, scale=1)` returns `{ sum }`;
 * - `adder.echo(*args, **kwargs)` returns `{ args, kwargs }`;
 * - `adder.fail(message)` raises a ValueError;
 * - `adder.hold(gate)` says its own state `WAITING` with `{ at: gate }`, waits until the gate is open and returns null.
 */
export interface WorkerUnderTest {
  open(gate: string): void
  /** The ids of the tasks that it has begun. */
  executed(): string[]
  close(): Promise<void>
}

/** A broker and a worker on it, real ones or stand-ins. */
export interface QueuesUnderTest {
  startBroker(): Promise<BrokerUnderTest>
  startWorker(broker: BrokerUnderTest): Promise<WorkerUnderTest>
  /** Why they are not there. */
  skip: string | false
}

/** What the integration does with any worker of Celery, on any RabbitMQ. */
export function celeryContract(name: string, options: QueuesUnderTest): void {
  describe(`Celery, ${name}`, { skip: options.skip, timeout: 180_000 }, () => {
    const password = 'CELERY_CONTRACT_PASSWORD'
    let broker: BrokerUnderTest
    let worker: WorkerUnderTest
    let admin: ChannelModel
    let channel: ConfirmChannel

    before(async () => {
      broker = await options.startBroker()
      process.env[password] = broker.password
      worker = await options.startWorker(broker)
      admin = await connect({ port: broker.port, username: brokerUser, password: broker.password })
      channel = await admin.createConfirmChannel()
      // A queue that nobody works on.
      await channel.assertQueue('idle', { durable: true })
    })
    after(async () => {
      await admin?.close()
      await worker?.close()
      await broker?.close()
      delete process.env[password]
    })

    const limit = () => ({ signal: AbortSignal.timeout(20_000) })
    const making = (marker = `adder-${randomBytes(12).toString('hex')}`): EffectCall => ({
      marker,
      intendedAt: new Date().toISOString(),
      ...limit(),
    })

    function connected(t: TestContext, more: Partial<celery.CeleryOptions> = {}) {
      const { lookups, effects, probe, close } = celery
        .connector({ url: `amqp://127.0.0.1:${broker.port}`, user: brokerUser, password: secret(password), ...more })
        .connect()
      t.after(() => close())
      const result = async (started: celery.StartedTask): Promise<celery.Task> => {
        const answer = await lookups.result(started, limit())
        assert.equal(answer.kind, 'found')
        return answer.kind === 'found' ? answer.value : { state: 'sent' }
      }
      const start = (input: Parameters<typeof effects.start.make>[0], call = making()) =>
        effects.start.make(input, call)
      const over = async (started: celery.StartedTask) => {
        await until('it is over', async () => celery.isOver(await result(started)))
        return result(started)
      }
      return { lookups, effects, probe, result, start, over }
    }

    test('starts a task with its arguments, and tells what it returned', async (t) => {
      const { start, over } = connected(t)

      const started = await start({ task: 'adder.add', args: [2, 3], kwargs: { scale: 2 } })

      assert.deepEqual(await over(started), { state: 'success', result: { sum: 10 } })
    })

    test('passes arguments on as they are', async (t) => {
      const { start, over } = connected(t)
      const args = ['wéb-1 "{{ x }}"', null, 1.5, [], { deep: [{ er: true }] }, '\u0000']
      const kwargs = { host: '日本', list: [1, 2] }

      const { result } = await over(await start({ task: 'adder.echo', args, kwargs }))

      assert.deepEqual(result, { args, kwargs })
    })

    test('tells the exception that a task ended with, and no paths of the worker', async (t) => {
      const { start, over } = connected(t)

      const task = await over(await start({ task: 'adder.fail', args: ['no such host'] }))

      assert.deepEqual(task, { state: 'failure', error: { type: 'ValueError', message: 'no such host' } })
    })

    test('tells that a worker does not know a task', async (t) => {
      const { start, over } = connected(t)

      const { state, error } = await over(await start({ task: 'adder.none' }))

      assert.deepEqual([state, error?.type], ['failure', 'NotRegistered'])
    })

    test('tells that a task is in its queue, as long as nobody takes it', async (t) => {
      const { start, result } = connected(t)

      const started = await start({ task: 'adder.add', args: [1, 2], queue: 'idle' })

      assert.deepEqual(await result(started), { state: 'sent' })
      assert.deepEqual(await result(started), { state: 'sent' })
    })

    test('tells a state of the task’s own until it is over', async (t) => {
      const gate = randomUUID()
      const { start, over, result } = connected(t)

      const started = await start({ task: 'adder.hold', args: [gate] })

      await until('it has said where it is', async () => (await result(started)).state === 'other')
      assert.deepEqual(await result(started), { state: 'other', customState: 'WAITING', result: { at: gate } })
      worker.open(gate)
      assert.deepEqual(await over(started), { state: 'success', result: null })
    })

    test('tells every one of many that ask at once', async (t) => {
      const { start, over, result } = connected(t)
      const started = await start({ task: 'adder.add', args: [1, 2] })
      await over(started)

      const told = await Promise.all(Array.from({ length: 8 }, () => result(started)))

      assert.deepEqual(
        told.map(({ state }) => state),
        Array(8).fill('success'),
      )
    })

    test('knows nothing of a task that was never started', async (t) => {
      const { lookups } = connected(t)

      assert.deepEqual(await lookups.result({ id: making().marker }, limit()), { kind: 'not_found' })
    })

    test('finds what was started by its marker, before and after it is over', async (t) => {
      const { start, effects, over } = connected(t)
      const call = making()
      const input = { task: 'adder.add', args: [1, 2] }

      const idle = await start({ ...input, queue: 'idle' }, call)
      assert.deepEqual(await effects.start.find?.(input, call), { kind: 'found', value: idle })

      const worked = making()
      await over(await start(input, worked))
      assert.deepEqual(await effects.start.find?.(input, worked), { kind: 'found', value: { id: worked.marker } })
    })

    test('does not find what was not sent, whether or not its queue was declared', async (t) => {
      const { effects } = connected(t)
      const call = making()
      const input = { task: 'adder.add', args: [1, 2] }

      assert.deepEqual(await effects.start.find?.(input, making()), { kind: 'not_found' })
      await channel.assertQueue(`${call.marker}.celery`, { durable: true, expires: 7 * 86_400_000 })
      assert.deepEqual(await effects.start.find?.(input, call), { kind: 'not_found' })
      await effects.start.make(input, call)
      assert.equal((await effects.start.find?.(input, call))?.kind, 'found')
    })

    test('is run as often as it is sent, whatever its id, which is why it is looked for', async (t) => {
      const { start, over } = connected(t)
      const call = making()

      const input = { task: 'adder.add', args: [1, 2] }
      await start(input, call)
      const started = await start(input, call)

      await until('it was run twice', () => worker.executed().filter((id) => id === call.marker).length === 2)
      assert.equal((await over(started)).state, 'success')
    })

    test('is refused where there is no such queue, and sends nothing', async (t) => {
      const { start, effects, probe } = connected(t, { queue: 'none' })
      const call = making()
      const isMissing = (error: unknown) => {
        assert.ok(error instanceof ConnectorRefused && error.status === 404, inspect(error))
        assert.ok(!inspect(error, { depth: 9 }).includes(broker.password))
        return true
      }

      await assert.rejects(start({ task: 'adder.add' }, call), isMissing)
      await assert.rejects(probe(limit()), isMissing)
      assert.deepEqual(await effects.start.find?.({ task: 'adder.add' }, call), { kind: 'not_found' })
    })

    test('lets a doctor in where its queue is there', async (t) => {
      await connected(t).probe(limit())
    })

    const bad: [string, Record<string, unknown>][] = [
      ['without a name', {}],
      ['with a name that is none', { task: 'os.system("x")' }],
      ['with an argument that is no JSON', { task: 'adder.add', args: [new Date()] }],
      ['with a number that JSON has not', { task: 'adder.add', args: [Number.NaN] }],
      ['with a keyword that Python could not take', { task: 'adder.add', kwargs: { 'a b': 1 } }],
      ['with arguments that are huge', { task: 'adder.add', args: ['a'.repeat(100_000)] }],
      ['into a queue without a name', { task: 'adder.add', queue: '' }],
    ]
    for (const [what, input] of bad)
      test(`starts nothing ${what}`, async (t) => {
        await assert.rejects(connected(t).start(input as never), { code: 'connector.input_invalid' }) // wrong on purpose
      })

    test('asks for nothing but a task of Adder’s', async (t) => {
      const { lookups } = connected(t)

      await assert.rejects(lookups.result({ id: 'celery' }, limit()), { code: 'connector.input_invalid' })
    })
  })
}
