import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { ConnectorInputInvalid, ConnectorRefused } from '../../src/errors/connector-errors.ts'
import { ticketing } from '../../src/integrations/request-tracker/ticketing.ts'
import { secret } from '../../src/secrets/secret.ts'
import { paragraph } from '../../src/tickets/document.ts'
import type { Ticketing, TicketRef } from '../../src/tickets/ticketing.ts'
import {
  connectRt,
  type RunningRequestTracker,
  requestTrackerUnderTest,
  rtPerson,
} from './request-tracker-under-test.ts'
import { ticketingContract } from './ticketing-contract.ts'

/**
 * What Adder relies on of Request Tracker, besides what every ticketing has to hold: passed by the stand-in and by a real
 * one, so that the stand-in is known to be like it.
 */
export function requestTrackerContract(
  name: string,
  { start, skip = false }: { start(): Promise<RunningRequestTracker>; skip?: string | false },
): void {
  ticketingContract(name, {
    start: async () => requestTrackerUnderTest(await start()),
    markup: '<b>bold</b> &amp; </pre><script>alert(1)</script> <!-- x',
    skip,
  })

  describe(`what is special about ${name}`, { skip }, () => {
    let rt: RunningRequestTracker
    let port: Ticketing
    let person: ReturnType<typeof rtPerson>

    before(async () => {
      rt = await start()
      port = connectRt(rt.url, rt.tokens.adder)
      person = rtPerson({ url: rt.url, token: rt.tokens.person })
    })
    after(() => rt?.close())

    const open = () => port.effects.open.make({ summary: 'Odd login' }, call())
    const read = async (ticket: TicketRef) => {
      const answer = await port.lookups.read(ticket, call())
      assert.ok(answer.kind === 'found')
      return answer.value
    }

    test('a ticket is opened with its fields, which are read under their names', async () => {
      const fields = { severity: 'high', 'Alert type': 'Malware', Priority: 70, Due: '2030-01-02T03:04:05.678Z' }

      const ticket = await port.effects.open.make({ summary: 'x', labels: ['a', 'two words'], fields }, call())

      const { fields: known, labels } = await read(ticket)
      assert.deepEqual(labels.toSorted(), ['a', 'two words'])
      assert.deepEqual([known.Severity, known['Alert type']], [['high'], ['Malware']])
      assert.deepEqual([String(known.Priority), known.Due, known.Owner], ['70', '2030-01-02T03:04:05Z', 'Nobody'])
    })

    test('a value that RT drops without a word is told, with the ticket that is open all the same', async () => {
      const how = call()
      const input = { summary: 'x', fields: { Severity: 'unheard of' } }

      const opening = port.effects.open.make(input, how)

      await assert.rejects(opening, (error) => {
        return error instanceof ConnectorRefused && /ticket \d+ was opened, but not with Severity/.test(error.message)
      })
      assert.equal((await port.effects.open.find?.(input, how))?.kind, 'found')
    })

    test('a value that RT refuses with 200 is refused, with what RT says', async () => {
      const ticket = await open()
      const refusals = [
        [{ Severity: 'unheard of' }, /did not take Severity \(.*Invalid value/],
        [{ Owner: 'nobody-knows' }, /did not take Owner \(.*does not exist/],
      ] as const

      for (const [fields, message] of refusals)
        await assert.rejects(port.effects.setFields.make({ ticket, fields }, call()), message)
    })

    test('a summary is cut to what RT keeps, in bytes', async () => {
      const ticket = await port.effects.open.make({ summary: 'ü😀'.repeat(100) }, call())

      const { summary } = await read(ticket)
      assert.match(summary, /^(ü😀)+ü?…$/)
      assert.ok(Buffer.byteLength(summary) > 190 && Buffer.byteLength(summary) <= 200)
    })

    test('values that a field can’t have are refused before anything is sent', async () => {
      const ticket = await open()
      const wrong = [{ Priority: 'High' }, { Due: 'soon' }, { 'Alert type': { value: 'x' } }, { Subject: ' ' }]

      for (const fields of [...wrong, { Status: 'open' }])
        await assert.rejects(port.effects.setFields.make({ ticket, fields }, call()), ConnectorInputInvalid)
    })

    test('a custom field is emptied by an empty text or list', async () => {
      const ticket = await port.effects.open.make({ summary: 'x', labels: ['a'], fields: { Severity: 'low' } }, call())

      await port.effects.setFields.make({ ticket, fields: { 'Alert type': 'Malware' } }, call())
      await port.effects.setFields.make({ ticket, fields: { 'Alert type': '', Severity: [] } }, call())

      const { fields, labels } = await read(ticket)
      assert.deepEqual([fields['Alert type'], fields.Severity, labels], [[], [], ['a']])
    })

    test('a person’s answer that quotes our comment, marker and all, is not ours', async () => {
      const ticket = await open()
      const how = call()
      const ours = await port.effects.comment.make({ ticket, body: [paragraph('Name: Jane')] }, how)

      const theirs = await person.comment(ticket.id, `<!-- ${how.marker} --><p>Name: Jane</p>`, 'text/html')

      const isOwn = (commentId: string) => port.lookups.isOwnComment({ ticket, commentId }, call())
      assert.deepEqual(await isOwn(ours.id), { kind: 'found', value: true })
      assert.deepEqual(await isOwn(theirs), { kind: 'found', value: false })
      assert.deepEqual(await isOwn('99999999'), { kind: 'found', value: false })
      assert.deepEqual(await port.effects.comment.find?.({ ticket, body: [] }, how), { kind: 'found', value: ours })
    })

    test('what replaces a comment links to it', async () => {
      const ticket = await open()
      const comment = await port.effects.comment.make({ ticket, body: [paragraph('asking')] }, call())

      await port.effects.editComment.make({ ticket, comment, body: [paragraph('answered')] }, call())

      const place = `In place of an earlier comment (${ticket.url}#txn-${comment.id}):`
      assert.deepEqual(await person.comments(ticket.id), ['asking', `${place}\nanswered`])
    })

    test('a description in HTML is read without markup', async () => {
      const id = await person.create({ Subject: 'x', Content: '<p>see&nbsp;<b>this</b></p>', ContentType: 'text/html' })

      const { description } = await read({ id, key: '', url: '' })

      assert.equal(description, 'see this')
    })

    test('a ticket without any text has none, also where a comment follows', async () => {
      const id = await person.create({ Subject: 'x' })
      await person.comment(id, 'a comment')

      assert.equal((await read({ id, key: '', url: '' })).description, '')
    })

    test('the probe names the custom fields that the queue has not', async () => {
      const strange = ticketing({
        ...{ url: rt.url, token: secret('ADDER_TEST_RT_TOKEN'), queue: 'Security' },
        ...{ effectField: 'NoEffect', labelsField: 'NoLabels' },
      }).connect()

      await assert.rejects(strange.probe(call()), /queue "Security" has no custom field NoEffect and none NoLabels/)
      await assert.rejects(strange.effects.open.make({ summary: 'x' }, call()), /no field is called "NoEffect"/)
    })

    test('the probe says that there is no such queue', async () => {
      const options = { url: rt.url, token: secret('ADDER_TEST_RT_TOKEN'), queue: 'No such queue/..' }

      await assert.rejects(ticketing(options).connect().probe(call()), /there is no queue "No such queue\/\.\."/)
    })
  })
}

function call() {
  return {
    signal: AbortSignal.timeout(30_000),
    marker: `adder-${randomBytes(12).toString('hex')}`,
    intendedAt: new Date().toISOString(),
  }
}
