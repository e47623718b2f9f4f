import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { secretOf } from '../../../test/support/secret-of.ts'
import { follow } from '../../automations/follow.ts'
import { ConnectorAnswerInvalid, ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { connector, isOver } from './connector.ts'
import { type SplunkSoarStandInOptions, startSplunkSoar } from './stand-in.ts'

const marker = 'adder-0123456789abcdef01234567'
const otherMarker = 'adder-ffffffffffffffffffffffff'
const playbook = 'local/contain_host'
type Opening = Parameters<ReturnType<ReturnType<typeof connector>['connect']>['effects']['openContainer']['make']>[0]
const call = () => ({ signal: AbortSignal.timeout(5000) })
const making = (mine = marker, intendedAt = new Date()) => ({
  ...call(),
  marker: mine,
  intendedAt: intendedAt.toISOString(),
})

function connect(t: TestContext, url: string, token: string) {
  const { effects, ...connected } = connector({ url, token: secretOf(t, token) }).connect()
  return { ...connected, ...effects }
}

async function soar(t: TestContext, options: SplunkSoarStandInOptions = {}) {
  const standIn = await startSplunkSoar(options)
  t.after(() => standIn.close())
  return { standIn, ...connect(t, standIn.url, standIn.token) }
}

async function answeringWith(t: TestContext, routes: Record<string, { status?: number; json: unknown }>) {
  const server = await httpStandIn({
    routes: Object.fromEntries(Object.entries(routes).map(([route, answer]) => [route, () => answer])),
  })
  t.after(() => server.close())
  return connect(t, server.url, 'token-of-nobody')
}

test('opens a container with its artifacts and the marker', async (t) => {
  const { standIn, openContainer } = await soar(t)

  const opened = await openContainer.make(
    {
      name: 'Malware on web-1',
      description: 'Seen by EDR',
      severity: 'high',
      artifacts: [
        { name: 'Host', cef: { destinationHostName: 'web-1', destinationPort: 443, isServer: true } },
        { name: 'File', cef: { fileHash: 'd41d8cd98f00b204e9800998ecf8427e' } },
      ],
    },
    making(),
  )

  assert.deepEqual(opened, { id: 1, url: `${standIn.url}/mission/1` })
  assert.deepEqual(standIn.containers(), [
    {
      id: 1,
      name: 'Malware on web-1',
      description: 'Seen by EDR',
      label: 'events',
      severity: 'high',
      source_data_identifier: marker,
      artifacts: [
        {
          name: 'Host',
          label: 'event',
          cef: { destinationHostName: 'web-1', destinationPort: 443, isServer: true },
          source_data_identifier: `${marker}-1`,
        },
        {
          name: 'File',
          label: 'event',
          cef: { fileHash: 'd41d8cd98f00b204e9800998ecf8427e' },
          source_data_identifier: `${marker}-2`,
        },
      ],
    },
  ])
})

test('sends the token in its header and nowhere else', async (t) => {
  const { standIn, openContainer } = await soar(t)

  await openContainer.make({ name: 'Malware on web-1' }, making())

  const [request] = standIn.requests
  assert.equal(request?.headers['ph-auth-token'], standIn.token)
  assert.ok(!JSON.stringify([request?.path, request?.query, request?.json]).includes(standIn.token))
})

test('finds the container that an attempt without an answer opened, and no other', async (t) => {
  const { standIn, openContainer } = await soar(t)
  await openContainer.make({ name: 'Malware on web-1' }, making(otherMarker))
  const before = await openContainer.find?.({ name: 'Malware on web-1' }, making())
  standIn.misbehave({ lostAnswers: 1 })
  await assert.rejects(openContainer.make({ name: 'Malware on web-1' }, making()))
  standIn.misbehave({})

  const after = await openContainer.find?.({ name: 'Malware on web-1' }, making())

  assert.deepEqual(before, { kind: 'not_found' })
  assert.deepEqual(after, { kind: 'found', value: { id: 2, url: `${standIn.url}/mission/2` } })
})

test('takes the container that has the marker already for its own', async (t) => {
  const { standIn, openContainer } = await soar(t)
  const first = await openContainer.make({ name: 'Malware on web-1' }, making())

  const second = await openContainer.make({ name: 'Malware on web-1' }, making())

  assert.deepEqual(second, first)
  assert.equal(standIn.containers().length, 1)
})

for (const status of [200, 400, 409])
  test(`takes it for its own also where that is said with ${status}`, async (t) => {
    const json = { failed: true, message: 'duplicate with container 7', existing_container_id: 7 }
    const { openContainer } = await answeringWith(t, { 'POST /rest/container': { status, json } })

    const { id } = await openContainer.make({ name: 'Malware on web-1' }, making())

    assert.equal(id, 7)
  })

test('is refused a label that is not there, in Splunk SOAR’s words', async (t) => {
  const { standIn, openContainer } = await soar(t)

  await assert.rejects(
    openContainer.make({ name: 'Malware on web-1', label: 'no-such-label' }, making()),
    (error) => error instanceof ConnectorRefused && error.status === 400 && /answered 400 .*label/s.test(error.message),
  )
  assert.equal(standIn.containers().length, 0)
})

test('takes what is said to have failed for a refusal, also with status 200', async (t) => {
  const { openContainer } = await answeringWith(t, {
    'POST /rest/container': { json: { failed: true, message: 'Severity is invalid' } },
  })

  await assert.rejects(
    openContainer.make({ name: 'Malware on web-1' }, making()),
    (error) => error instanceof ConnectorRefused && error.message.includes('Severity is invalid'),
  )
})

for (const [what, input] of [
  ['no name', { name: '' }],
  ['a name of a megabyte', { name: 'x'.repeat(1_000_000) }],
  ['101 artifacts', { name: 'x', artifacts: Array.from({ length: 101 }, () => ({ name: 'x', cef: {} })) }],
  ['a field of a megabyte', { name: 'x', artifacts: [{ name: 'x', cef: { fileName: 'x'.repeat(1_000_000) } }] }],
  ['a field with a space in its name', { name: 'x', artifacts: [{ name: 'x', cef: { 'a b': 'x' } }] }],
] satisfies [string, Opening][])
  test(`opens no container with ${what}`, async (t) => {
    const { standIn, openContainer } = await soar(t)

    await assert.rejects(openContainer.make(input, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

test('tells of a playbook from the queue to its end, and what it says', async (t) => {
  const { standIn, openContainer, runPlaybook, lookups } = await soar(t)
  const { id: container, url } = await openContainer.make({ name: 'Malware on web-1' }, making())
  const started = await runPlaybook.make({ playbook, container }, making())

  const pending = await lookups.playbookRun(started, call())
  standIn.begin()
  const running = await lookups.playbookRun(started, call())
  standIn.finish('success', '{"message":"1 host contained"}')
  const over = await lookups.playbookRun(started, call())

  assert.deepEqual(started, { id: 1 })
  assert.deepEqual(pending, { kind: 'found', value: { id: 1, state: 'pending', container, url } })
  assert.ok(running.kind === 'found' && over.kind === 'found')
  assert.deepEqual([running.value.state, isOver(running.value)], ['running', false])
  assert.ok(Math.abs(Date.parse(running.value.startedAt ?? '') - Date.now()) < 60_000)
  assert.deepEqual(over.value, { ...running.value, state: 'success', message: '{"message":"1 host contained"}' })
  assert.equal(isOver(over.value), true)
})

test('is followed to the end of a playbook', async (t) => {
  const { standIn, openContainer, runPlaybook, lookups } = await soar(t)
  const { id: container } = await openContainer.make({ name: 'Malware on web-1' }, making())
  const started = await runPlaybook.make({ playbook, container }, making())
  const steps = [() => standIn.begin(), () => standIn.finish('success', 'contained')]
  const sleep = (ms: number) =>
    ms < 3_600_000 ? Promise.resolve(steps.shift()?.()) : new Promise<void>(() => undefined)

  const followed = await follow({ sleep, ask: () => lookups.playbookRun(started, call()), isOver, within: '1h' })

  assert.ok(followed.kind === 'over')
  assert.deepEqual([followed.state.state, followed.state.message], ['success', 'contained'])
  assert.equal(steps.length, 0)
})

test('says that a failed playbook and a cancelled one are over', async (t) => {
  const { standIn, openContainer, runPlaybook, lookups } = await soar(t)
  const { id: container } = await openContainer.make({ name: 'Malware on web-1' }, making())
  const failed = await runPlaybook.make({ playbook, container }, making())
  standIn.begin()
  standIn.finish('failed')
  const cancelled = await runPlaybook.make({ playbook, container }, making(otherMarker))
  standIn.cancel()

  const answers = [await lookups.playbookRun(failed, call()), await lookups.playbookRun(cancelled, call())]

  assert.deepEqual(
    answers.map((answer) => answer.kind === 'found' && [answer.value.state, isOver(answer.value)]),
    [
      ['failed', true],
      ['cancelled', true],
    ],
  )
})

test('keeps the first 10,000 characters of what a playbook says', async (t) => {
  const { standIn, openContainer, runPlaybook, lookups } = await soar(t)
  const { id: container } = await openContainer.make({ name: 'Malware on web-1' }, making())
  const started = await runPlaybook.make({ playbook, container }, making())
  standIn.begin()
  standIn.finish('success', 'x'.repeat(1_000_000))

  const answer = await lookups.playbookRun(started, call())

  assert.ok(answer.kind === 'found')
  assert.equal(answer.value.message?.length, 10_000)
})

test('does not find a run that is not there', async (t) => {
  const { lookups } = await soar(t)

  const answer = await lookups.playbookRun({ id: 7 }, call())

  assert.deepEqual(answer, { kind: 'not_found' })
})

test('finds the playbook that an attempt without an answer started, while it waits, runs and when it is over', async (t) => {
  const { standIn, openContainer, runPlaybook } = await soar(t)
  const { id: container } = await openContainer.make({ name: 'Malware on web-1' }, making())
  const before = await runPlaybook.find?.({ playbook, container }, making())
  standIn.misbehave({ lostAnswers: 1 })
  await assert.rejects(runPlaybook.make({ playbook, container }, making()))
  standIn.misbehave({})

  const pending = await runPlaybook.find?.({ playbook, container }, making())
  standIn.begin()
  const running = await runPlaybook.find?.({ playbook, container }, making())
  standIn.finish('success')
  const over = await runPlaybook.find?.({ playbook, container }, making())

  const found = { kind: 'found', value: { id: 1 } }
  assert.deepEqual([before, pending, running, over], [{ kind: 'not_found' }, found, found, found])
})

test('takes neither another playbook, nor one on another container, nor an earlier run for the one that it started', async (t) => {
  const { standIn, openContainer, runPlaybook } = await soar(t, { playbooks: [playbook, 'local/other'] })
  const mine = await openContainer.make({ name: 'Malware on web-1' }, making())
  const other = await openContainer.make({ name: 'Malware on web-2' }, making(otherMarker))
  await runPlaybook.make({ playbook: 'local/other', container: mine.id }, making())
  await runPlaybook.make({ playbook, container: other.id }, making())
  await runPlaybook.make({ playbook, container: mine.id }, making())
  standIn.begin()
  standIn.finish('success')
  const later = new Date(Date.now() + 10 * 60_000)

  const answers = [
    await runPlaybook.find?.({ playbook, container: mine.id }, making(marker, later)),
    await runPlaybook.find?.({ playbook: 'local/other', container: other.id }, making()),
  ]

  assert.deepEqual(answers, [{ kind: 'not_found' }, { kind: 'not_found' }])
})

test('is refused a playbook that is not there', async (t) => {
  const { standIn, openContainer, runPlaybook } = await soar(t)
  const { id: container } = await openContainer.make({ name: 'Malware on web-1' }, making())

  await assert.rejects(runPlaybook.make({ playbook: 'local/no_such', container }, making()), ConnectorRefused)
  assert.equal(standIn.runs().length, 0)
})

for (const name of ['', 'contain_host', '/contain_host', 'local/', 'a/b/c', 'local/"x"', 'x/'.repeat(150)])
  test(`runs no playbook called ${JSON.stringify(name.slice(0, 20))}`, async (t) => {
    const { standIn, runPlaybook } = await soar(t)

    await assert.rejects(runPlaybook.make({ playbook: name, container: 1 }, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

test('takes a state that it does not know for no answer, and so not for the end', async (t) => {
  const { lookups } = await answeringWith(t, {
    'GET /rest/playbook_run/:id': { json: { id: 1, container: 1, status: 'paused', cancelled: '', message: '' } },
  })

  await assert.rejects(
    lookups.playbookRun({ id: 1 }, call()),
    (error) => error instanceof ConnectorAnswerInvalid && error.message.includes('(status: '),
  )
})

test('names the page of the container that a playbook runs on', async (t) => {
  const { standIn, runPlaybook } = await soar(t)

  assert.deepEqual(runPlaybook.about?.({ playbook, container: 7 }), {
    key: 'container 7',
    url: `${standIn.url}/mission/7`,
  })
})

test('probes with one request that only reads, and is refused with another token', async (t) => {
  const { standIn, probe } = await soar(t)
  const other = connect(t, standIn.url, 'another-token')

  await probe(call())
  await assert.rejects(other.probe(call()), ConnectorRefused)

  assert.deepEqual(
    standIn.requests.map(({ method, status }) => [method, status]),
    [
      ['GET', 200],
      ['GET', 401],
    ],
  )
})
