import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { connect } from 'amqplib'
import { until } from '../../../test/support/until.ts'
import { attempt } from '../../engine/attempts.ts'
import { secret } from '../../secrets/secret.ts'
import { startRabbitMqStandIn } from '../rabbitmq/stand-in.ts'
import { connector } from './connector.ts'

const password = 'password-of-the-stand-in-9a30'
process.env.CELERY_CONNECTOR_PASSWORD = password
const input = { task: 'hosts.isolate', args: ['web-1'] }

async function celery(t: TestContext) {
  const broker = await startRabbitMqStandIn({ user: 'adder', password })
  const connected = connector({
    url: broker.url,
    user: 'adder',
    password: secret('CELERY_CONNECTOR_PASSWORD'),
  }).connect()
  const admin = await connect({ port: Number(new URL(broker.url).port), username: 'adder', password })
  const channel = await admin.createConfirmChannel()
  await channel.assertQueue('celery', { durable: true })
  t.after(async () => {
    await connected.close()
    await admin.close()
    await broker.close()
  })
  const id = `adder-${randomBytes(12).toString('hex')}`
  const call = () => ({ signal: AbortSignal.timeout(5000), marker: id, intendedAt: new Date().toISOString() })
  const start = (timeoutMs = 5000) =>
    attempt((signal) => connected.effects.start.make(input, { ...call(), signal }), { timeoutMs, isWrite: true })
  /** What a worker would send of the task, as often as it says it. */
  const reply = async (text: string, contentType = 'application/json', times = 1) => {
    for (let said = 0; said < times; said++)
      channel.sendToQueue(`${id}.celery`, Buffer.from(text), { contentType, correlationId: id })
    await channel.waitForConfirms()
  }
  const result = () => connected.lookups.result({ id }, call())
  const find = () => connected.effects.start.find?.(input, call())
  return { broker, start, find, reply, result, id }
}

describe('starting a task of Celery', () => {
  test('is found where its confirm got lost, and sent once', async (t) => {
    const { broker, start, find, id } = await celery(t)
    broker.misbehave({ lostAnswers: 1 })

    const lost = await start()
    broker.misbehave({})

    assert.equal(lost.kind, 'unsure', inspect(lost))
    assert.deepEqual(await find(), { kind: 'found', value: { id } })
    assert.equal(broker.ready('celery')?.length, 1)
  })

  test('is found where the broker read it only when an alarm was over, and is not called missing before', async (t) => {
    const { broker, start, find, id } = await celery(t)
    broker.alarm('low on disk')

    const unread = await start(300)

    assert.equal(unread.kind, 'unsure', inspect(unread))
    await assert.rejects(async () => find(), /alarm \(low on disk\)/)
    broker.alarm()
    const answer = await until('the broker lets itself be asked', () => find()?.catch(() => undefined))
    assert.deepEqual(answer, { kind: 'found', value: { id } })
    assert.equal(broker.ready('celery')?.length, 1)
  })

  test('is not found where the broker did not take it', async (t) => {
    const { broker, start, find } = await celery(t)
    broker.misbehave({ broken: 1 })

    const refused = await start()
    broker.misbehave({})

    assert.equal(refused.kind, 'unsure', inspect(refused))
    assert.deepEqual(await find(), { kind: 'not_found' })
    assert.deepEqual(broker.ready('celery'), [])
  })
})

describe('what became of a task', () => {
  const said = (status: string, result: unknown) => JSON.stringify({ status, result, traceback: null })
  const raised = { exc_type: 'TaskRevokedError', exc_message: ['terminated'], exc_module: 'celery.exceptions' }
  const told: [string, [string, unknown][], unknown][] = [
    [
      'the last that was said of it',
      [
        ['STARTED', {}],
        ['PROGRESS', { done: 3 }],
      ],
      { state: 'other', customState: 'PROGRESS', result: { done: 3 } },
    ],
    [
      'its end, whatever came after it',
      [
        ['SUCCESS', 7],
        ['STARTED', {}],
      ],
      { state: 'success', result: 7 },
    ],
    [
      'the last of two ends',
      [
        ['SUCCESS', 7],
        ['SUCCESS', 8],
      ],
      { state: 'success', result: 8 },
    ],
    [
      'that it is tried again, and why',
      [['RETRY', raised]],
      { state: 'retry', error: { type: 'TaskRevokedError', message: 'terminated' } },
    ],
    [
      'that somebody revoked it',
      [['REVOKED', raised]],
      { state: 'revoked', error: { type: 'TaskRevokedError', message: 'terminated' } },
    ],
    ['that it failed, where the worker does not say how', [['FAILURE', null]], { state: 'failure' }],
  ]
  for (const [what, replies, value] of told)
    test(`is ${what}`, async (t) => {
      const { start, reply, result } = await celery(t)
      await start()

      for (const [status, said_] of replies) await reply(said(status, said_))

      assert.deepEqual(await result(), { kind: 'found', value })
    })

  test('is its end, also where it told more than a thousand times how far it was', async (t) => {
    const { start, reply, result, find, id } = await celery(t)
    await start()
    await reply(said('PROGRESS', { done: 1 }), undefined, 1100)
    await reply(said('SUCCESS', 7))

    const first = await result()
    const second = await result()

    assert.deepEqual(first, { kind: 'found', value: { state: 'success', result: 7 } })
    assert.deepEqual(second, first)
    assert.deepEqual(await find(), { kind: 'found', value: { id } })
  })

  test('cuts what a task has to say about its failure', async (t) => {
    const { start, reply, result } = await celery(t)
    await start()

    await reply(said('FAILURE', { exc_type: 'E', exc_message: ['x'.repeat(5000), { a: 1 }], exc_module: 'm' }))

    const answer = await result()
    assert.ok(answer.kind === 'found' && answer.value.error?.message.length === 1000)
  })

  const bad: [string, string, string | undefined, RegExp][] = [
    ['no JSON', '{"status": ', undefined, /no word of a worker/],
    ['another shape', '{"state":"SUCCESS"}', undefined, /no word of a worker/],
    ['a pickle', 'gASVCg==', 'application/x-python-serialize', /set result_serializer to 'json'/],
    ['huge', said('SUCCESS', 'a'.repeat(1_000_000)), undefined, /more than 1000000 bytes/],
  ]
  for (const [what, text, contentType, reason] of bad)
    test(`is no answer where a worker’s word is ${what}`, async (t) => {
      const { start, reply, result } = await celery(t)
      await start()

      await reply(text, contentType)

      await assert.rejects(result(), (error) => {
        assert.ok(
          error instanceof Error && 'code' in error && error.code === 'connector.answer_invalid',
          inspect(error),
        )
        assert.match(error.message, reason)
        return true
      })
    })
})
