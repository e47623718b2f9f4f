import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { requestTrackerContract } from '../../../test/support/request-tracker-contract.ts'
import { connectRt, type RunningRequestTracker } from '../../../test/support/request-tracker-under-test.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorAnswerInvalid, ConnectorInputInvalid, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { type HttpStandInOptions, httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { paragraph } from '../../tickets/document.ts'
import { TicketGone } from '../../tickets/ticket-gone.ts'
import { startRequestTracker } from './stand-in.ts'
import { ticketing } from './ticketing.ts'

requestTrackerContract('the stand-in of Request Tracker', {
  async start(): Promise<RunningRequestTracker> {
    const rt = await startRequestTracker({
      fields: ['Alert source', 'Alert type'],
      choices: { Severity: ['low', 'high'] },
    })
    const loseAnswers = (isLosing: boolean) => rt.misbehave(isLosing ? { lostAnswers: 1 } : {})
    return { url: rt.url, tokens: rt.tokens, loseAnswers, close: () => rt.close() }
  },
})

describe('when Request Tracker is not well', () => {
  const marker = `adder-${'a'.repeat(24)}`
  const call = () => ({ signal: AbortSignal.timeout(10_000), marker, intendedAt: new Date().toISOString() })
  const queue = { Name: 'Security', TicketCustomFields: [{ id: '2', name: 'AdderEffect' }] }
  const ticket = { id: '1', key: '#1', url: '' }
  const present = { id: 1, Subject: 'x', Status: 'new', Creator: { id: 'adder' } }

  async function answering(t: TestContext, routes: HttpStandInOptions['routes']) {
    const rt = await httpStandIn({ routes })
    t.after(() => rt.close())
    return connectRt(rt.url, `1-27-${'0'.repeat(32)}`)
  }

  test('a ticket that was opened and can’t be looked at may have been opened', async (t) => {
    const port = await answering(t, {
      'GET /REST/2.0/queue/:name': () => ({ json: queue }),
      'POST /REST/2.0/ticket': () => ({ status: 201, json: { id: '1' } }),
      'GET /REST/2.0/ticket/:id': () => ({ status: 500, json: {} }),
    })

    await assert.rejects(
      port.effects.open.make({ summary: 'x' }, call()),
      (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened,
    )
  })

  test('a write to one that is down has not happened', async (t) => {
    const rt = await startRequestTracker()
    t.after(() => rt.close())
    const port = connectRt(rt.url, rt.tokens.adder)
    const opened = await port.effects.open.make({ summary: 'x' }, call())

    rt.misbehave({ down: true })

    await assert.rejects(
      port.effects.comment.make({ ticket: opened, body: [paragraph('x')] }, call()),
      (error) => error instanceof ConnectorUnavailable && !error.mayHaveHappened,
    )
  })

  test('a comment whose answer does not say its id is no comment to go on with', async (t) => {
    const port = await answering(t, {
      'GET /REST/2.0/ticket/:id': () => ({ json: present }),
      'POST /REST/2.0/ticket/:id/comment': () => ({ status: 201, json: ['Comments added'] }),
    })

    await assert.rejects(port.effects.comment.make({ ticket, body: [] }, call()), ConnectorAnswerInvalid)
  })

  test('a ticket that may not be seen is gone', async (t) => {
    const port = await answering(t, {
      'GET /REST/2.0/ticket/:id': () => ({ status: 403, json: { message: 'Forbidden' } }),
    })

    assert.deepEqual(await port.lookups.read(ticket, call()), { kind: 'not_found' })
    await assert.rejects(port.effects.comment.make({ ticket, body: [] }, call()), TicketGone)
  })

  test('a login page instead of JSON is an invalid answer', async (t) => {
    const port = await answering(t, { 'GET /REST/2.0/queue/:name': () => ({ html: '<h1>Log in</h1>' }) })

    await assert.rejects(port.probe(call()), ConnectorAnswerInvalid)
  })

  test('a password instead of a token is told without showing it', async (t) => {
    const rt = await startRequestTracker()
    t.after(() => rt.close())

    await assert.rejects(connectRt(rt.url, 'a password').lookups.ownAccount(undefined, call()), (error) => {
      return error instanceof ConnectorInputInvalid && !error.message.includes('a password')
    })
  })
})

describe('the options of the ticketing', () => {
  const token = secret('ADDER_TEST_RT_TOKEN')

  test('name the site and the queue', () => {
    const { site, project, type } = ticketing({ url: 'https://acme.example/rt', token, queue: 'Security' }).connect()

    assert.deepEqual([site, project, type], ['acme.example', 'Security', 'ticket'])
  })

  test('are refused all at once where they are wrong', () => {
    assert.throws(
      () => ticketing({ url: 'http://rt.acme.example', token, queue: ' ', effectField: "x}' OR id > 0" }),
      (error) => error instanceof ConfigError && error.faults.length === 3,
    )
  })
})
