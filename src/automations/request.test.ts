import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { isRequest, request, requestKind } from './request.ts'
import { ticketCreated } from './ticket-triggers.ts'

test('a request is told from the triggers that wait for events', () => {
  assert.equal(isRequest(request(z.object({}))), true)
  assert.equal(isRequest(ticketCreated()), false)
  assert.equal(isRequest({ kind: 'request', conditions: [] }), false)
})

test('the events of requests name the automation that they start', () => {
  assert.equal(requestKind('report-file'), 'request.report-file')
})
