import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { secretOf } from '../../../test/support/secret-of.ts'
import { ConnectorAnswerInvalid, ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { signature } from './api-key-auth.ts'
import { type CortexXsoarOptions, connector, isOver } from './connector.ts'
import { type CortexXsoarStandInOptions, startCortexXsoar } from './stand-in.ts'

type Wanted = Parameters<ReturnType<ReturnType<typeof connector>['connect']>['effects']['createIncident']['make']>[0]

const marker = 'adder-0123456789abcdef01234567'
const otherMarker = 'adder-ffffffffffffffffffffffff'
const call = () => ({ signal: AbortSignal.timeout(5000) })
const making = (mine = marker) => ({ ...call(), marker: mine, intendedAt: new Date().toISOString() })

function connect(t: TestContext, apiKey: string, options: Omit<CortexXsoarOptions, 'apiKey'>) {
  const { effects, ...connected } = connector({ ...options, apiKey: secretOf(t, apiKey) }).connect()
  return { ...connected, createIncident: effects.createIncident }
}

async function xsoar(t: TestContext, options: CortexXsoarStandInOptions = {}) {
  const standIn = await startCortexXsoar(options)
  t.after(() => standIn.close())
  const { url, keyId, apiKey } = standIn
  return { standIn, ...connect(t, apiKey, { url, keyId, ...options }) }
}

test('creates an incident with what is known, the marker and its playbook', async (t) => {
  const { standIn, createIncident } = await xsoar(t)

  const created = await createIncident.make(
    {
      name: 'Malware on web-1',
      type: 'Malware',
      severity: 'high',
      details: 'Seen by EDR',
      playbook: 'contain-host',
      labels: { Host: 'web-1' },
      customFields: { filehash: 'd41d8cd98f00b204e9800998ecf8427e', isserver: true },
    },
    making(),
  )

  assert.deepEqual(created, { id: '1' })
  assert.equal(standIn.incidents().length, 1)
  assert.partialDeepStrictEqual(standIn.incidents()[0], {
    name: 'Malware on web-1',
    type: 'Malware',
    severity: 3,
    details: 'Seen by EDR',
    playbookId: 'contain-host',
    labels: [
      { type: 'Host', value: 'web-1' },
      { type: 'AdderMarker', value: marker },
    ],
    customFields: { filehash: 'd41d8cd98f00b204e9800998ecf8427e', isserver: true },
    createInvestigation: true,
  })
})

test('hashes an advanced key with the nonce and the time', () => {
  assert.equal(
    signature('key-of-nobody', 'n'.repeat(64), '1764000000000'),
    'ad48ee6cb64491a50cab231cab355811fd9784e8960c7366b8730c9a01b7dc22',
  )
})

test('never sends an advanced key, and no signature twice', async (t) => {
  const { standIn, lookups } = await xsoar(t)

  await lookups.incident({ id: '1' }, call())
  await lookups.incident({ id: '1' }, call())

  assert.ok(!JSON.stringify(standIn.requests).includes(standIn.apiKey))
  assert.equal(new Set(standIn.requests.map(({ headers }) => headers.authorization)).size, 2)
  for (const { headers } of standIn.requests)
    assert.ok(Math.abs(Number(headers['x-xdr-timestamp']) - Date.now()) < 60_000)
})

test('sends a standard key in its header and nowhere else', async (t) => {
  const { standIn, createIncident } = await xsoar(t, { securityLevel: 'standard' })

  await createIncident.make({ name: 'Malware on web-1' }, making())

  const [request] = standIn.requests
  assert.equal(request?.headers.authorization, standIn.apiKey)
  assert.equal(request.headers['x-xdr-nonce'], undefined)
  assert.ok(!JSON.stringify([request.path, request.query, request.json]).includes(standIn.apiKey))
})

test('tells of an incident from its creation to its end', async (t) => {
  const { standIn, createIncident, lookups } = await xsoar(t)
  const created = await createIncident.make({ name: 'Malware on web-1', severity: 'info' }, making())

  const active = await lookups.incident(created, call())
  standIn.change(created.id, {
    status: 2,
    runStatus: 'completed',
    owner: 'mona',
    closeReason: 'Resolved',
    closeNotes: 'Host rebuilt',
  })
  const closed = await lookups.incident(created, call())

  assert.ok(active.kind === 'found' && closed.kind === 'found')
  const incident = { id: '1', name: 'Malware on web-1', severity: 'info', type: 'Unclassified', fields: {} }
  assert.deepEqual(active.value, { ...incident, state: 'active', playbook: 'running' })
  assert.deepEqual(closed.value, {
    ...incident,
    state: 'closed',
    playbook: 'completed',
    owner: 'mona',
    closeReason: 'Resolved',
    closeNotes: 'Host rebuilt',
  })
  assert.deepEqual([isOver(active.value), isOver(closed.value)], [false, true])
})

for (const [status, state, over] of [
  [0, 'pending', false],
  [3, 'archived', true],
] as const)
  test(`says that an incident with status ${status} is ${state}`, async (t) => {
    const { standIn, createIncident, lookups } = await xsoar(t)
    const created = await createIncident.make({ name: 'Malware on web-1' }, making())
    standIn.change(created.id, { status })

    const answer = await lookups.incident(created, call())

    assert.ok(answer.kind === 'found')
    assert.deepEqual([answer.value.state, isOver(answer.value)], [state, over])
  })

test('reads the custom fields that are asked for, where they are set, flat and not too long', async (t) => {
  const { standIn, createIncident, lookups } = await xsoar(t)
  const created = await createIncident.make({ name: 'Malware on web-1' }, making())
  const customFields = {
    verdict: 'malicious',
    hosts: ['web-1'],
    score: 7,
    isserver: false,
    notes: 'x'.repeat(1_000_000),
    deep: JSON.parse('['.repeat(1000) + ']'.repeat(1000)),
    unset: null,
    other: 1,
  }
  standIn.change(created.id, { customFields })

  const fields = ['verdict', 'hosts', 'score', 'isserver', 'notes', 'deep', 'unset', 'nosuch']
  const answer = await lookups.incident({ ...created, fields }, call())

  assert.ok(answer.kind === 'found')
  assert.deepEqual(answer.value.fields, { verdict: 'malicious', hosts: ['web-1'], score: 7, isserver: false })
})

test('does not find an incident that is not there', async (t) => {
  const { lookups } = await xsoar(t)

  const answer = await lookups.incident({ id: '7' }, call())

  assert.deepEqual(answer, { kind: 'not_found' })
})

test('finds the incident that an attempt without an answer created among others of its name', async (t) => {
  const { standIn, createIncident } = await xsoar(t)
  const wanted = { name: 'Malware on web-1' }
  await createIncident.make(wanted, making(otherMarker))
  const before = await createIncident.find?.(wanted, making())
  standIn.misbehave({ lostAnswers: 1 })
  await assert.rejects(createIncident.make(wanted, making()))
  standIn.misbehave({})
  await createIncident.make(wanted, making('adder-eeeeeeeeeeeeeeeeeeeeeeee'))

  const after = await createIncident.find?.(wanted, making())

  assert.deepEqual(before, { kind: 'not_found' })
  assert.deepEqual(after, { kind: 'found', value: { id: '2' } })
})

test('finds the older one where two have its marker', async (t) => {
  const { createIncident } = await xsoar(t)
  await createIncident.make({ name: 'Malware on web-1' }, making())
  await createIncident.make({ name: 'Malware on web-1' }, making())

  const answer = await createIncident.find?.({ name: 'Malware on web-1' }, making())

  assert.deepEqual(answer, { kind: 'found', value: { id: '1' } })
})

for (const [what, input] of [
  ['no name', { name: '' }],
  ['a name of a megabyte', { name: 'x'.repeat(1_000_000) }],
  ['the marker’s own label', { name: 'x', labels: { AdderMarker: 'mine' } }],
  ['a label of a megabyte', { name: 'x', labels: { Host: 'x'.repeat(1_000_000) } }],
  ['a custom field as people write it', { name: 'x', customFields: { 'Scan IP': '203.0.113.7' } }],
] satisfies [string, Wanted][])
  test(`creates no incident with ${what}`, async (t) => {
    const { standIn, createIncident } = await xsoar(t)

    await assert.rejects(createIncident.make(input, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

test('takes a status that it does not know for no answer', async (t) => {
  const data = [{ id: '1', name: 'Malware on web-1', status: 4, severity: 0 }]
  const server = await httpStandIn({
    routes: { 'POST /xsoar/public/v1/incidents/search': () => ({ json: { total: 1, data } }) },
  })
  t.after(() => server.close())
  const { lookups } = connect(t, 'key-of-nobody', { url: server.url, keyId: '12' })

  await assert.rejects(
    lookups.incident({ id: '1' }, call()),
    (error) => error instanceof ConnectorAnswerInvalid && error.message.includes('(data.0.status: '),
  )
})

test('probes with one request that only reads, and is refused with another key', async (t) => {
  const { standIn, probe } = await xsoar(t)
  const other = connect(t, 'another-key', { url: standIn.url, keyId: standIn.keyId })

  await probe(call())
  await assert.rejects(other.probe(call()), ConnectorRefused)

  assert.deepEqual(
    standIn.requests.map(({ path, status }) => [path, status]),
    [
      ['/xsoar/public/v1/incidents/search', 200],
      ['/xsoar/public/v1/incidents/search', 401],
    ],
  )
})
