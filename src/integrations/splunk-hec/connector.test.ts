import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { secretOf } from '../../../test/support/secret-of.ts'
import { ConnectorInputInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { connector } from './connector.ts'
import { startSplunkHec } from './stand-in.ts'

const marker = 'adder-0123456789abcdef01234567'
const making = () => ({ signal: AbortSignal.timeout(5000), marker, intendedAt: '2026-11-02T10:00:00.250Z' })

async function hec(t: TestContext, token?: string) {
  const standIn = await startSplunkHec()
  t.after(() => standIn.close())
  const { effects, probe } = connector({ url: standIn.url, token: secretOf(t, token ?? standIn.token) }).connect()
  return { standIn, sendEvent: effects.sendEvent, probe }
}

test('sends an event with the time at which the run meant to send it, and the marker', async (t) => {
  const { standIn, sendEvent } = await hec(t)

  await sendEvent.make({ event: { action: 'isolated', host: 'web-1' } }, making())

  assert.deepEqual(standIn.events(), [
    {
      event: { action: 'isolated', host: 'web-1' },
      sourcetype: 'adder',
      source: 'adder',
      time: 1793613600.25,
      fields: { adder_marker: marker },
    },
  ])
})

test('sends what else an event says', async (t) => {
  const { standIn, sendEvent } = await hec(t)
  const said = { sourcetype: 'acme:case', source: 'triage', host: 'adder-1', index: 'security' }

  await sendEvent.make({ event: 'closed "SEC-1"', ...said, time: '2026-11-02T11:00:00+01:00' }, making())

  assert.deepEqual(standIn.events(), [
    { event: 'closed "SEC-1"', ...said, time: 1793613600, fields: { adder_marker: marker } },
  ])
})

test('sends an event again, whose answer got lost, with the same marker and time', async (t) => {
  const { standIn, sendEvent } = await hec(t)
  standIn.misbehave({ lostAnswers: 1 })
  await assert.rejects(
    sendEvent.make({ event: 'x' }, making()),
    (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened,
  )
  standIn.misbehave({})

  await sendEvent.make({ event: 'x' }, making())

  const [first, second] = standIn.events()
  assert.deepEqual(first, second)
  assert.equal(first?.fields?.adder_marker, marker)
})

test('says what the collector says of an index that the token may not write to', async (t) => {
  const { standIn, sendEvent } = await hec(t)

  await assert.rejects(
    sendEvent.make({ event: 'x', index: 'payroll' }, making()),
    (error) => error instanceof ConnectorRefused && error.message.includes('Incorrect index'),
  )
  assert.deepEqual(standIn.events(), [])
})

const bad: [string, object][] = [
  ['an empty text', { event: '' }],
  ['a list', { event: ['x'] }],
  ['no event', {}],
  ['what is no JSON', { event: { at: undefined, when: new Date() } }],
  ['more than an event has', { event: 'a'.repeat(100_001) }],
  ['a time without a zone', { event: 'x', time: '2026-11-02T10:00:00' }],
]
for (const [what, input] of bad)
  test(`sends nothing for ${what}`, async (t) => {
    const { standIn, sendEvent } = await hec(t)

    await assert.rejects(sendEvent.make(input as { event: string }, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

test('is probed with its token', async (t) => {
  const call = { signal: AbortSignal.timeout(5000) }

  await (await hec(t)).probe(call)

  await assert.rejects((await hec(t, 'another')).probe(call), ConnectorRefused)
})
