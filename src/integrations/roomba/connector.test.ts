import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { secretOf } from '../../../test/support/secret-of.ts'
import { until } from '../../../test/support/until.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorAnswerInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { listen } from '../../stand-ins/listen.ts'
import { connector, type RoombaOptions } from './connector.ts'
import { type RobotMisbehaviour, type RobotStandIn, type RobotStandInOptions, startRoomba } from './stand-in.ts'

const call = (timeoutMs = 5000) => ({ signal: AbortSignal.timeout(timeoutMs) })
const making = (timeoutMs?: number) => ({
  ...call(timeoutMs),
  marker: 'adder-0123456789abcdef01234567',
  intendedAt: new Date().toISOString(),
})

function connect(t: TestContext, standIn: RobotStandIn, options: Partial<RoombaOptions> = {}) {
  const { host, port, blid, fingerprint } = standIn
  const password = options.password ?? secretOf(t, standIn.password)
  return connector({ host, port, blid, fingerprint, ...options, password }).connect()
}

async function robot(t: TestContext, options: RobotStandInOptions = {}) {
  const standIn = await startRoomba(options)
  t.after(() => standIn.close())
  const { lookups, effects, probe } = connect(t, standIn)
  return { standIn, lookups, ...effects, probe }
}

test('tells what the robot does, and of its battery and its bin', async (t) => {
  const { lookups } = await robot(t)

  assert.deepEqual(await lookups.state(undefined, call()), {
    kind: 'found',
    value: {
      doing: 'docked',
      phase: 'charge',
      battery: 87,
      mission: { cycle: 'none', number: 38, minutes: 0 },
      error: 0,
      notReady: 0,
      binFull: false,
    },
  })
})

test('starts a mission, and says so when the robot does', async (t) => {
  const { standIn, clean } = await robot(t)

  const { doing, mission } = await clean.make(undefined, making())

  assert.deepEqual([doing, mission.cycle, mission.number], ['cleaning', 'clean', 39])
  assert.ok(Math.abs(Date.parse(mission.startedAt ?? '') - Date.now()) < 60_000)
  assert.deepEqual(standIn.commands, ['start'])
})

for (const [what, before] of [
  ['cleans', () => undefined],
  ['is on its way to charge in the middle of a mission', (standIn) => standIn.tire()],
  ['charges in the middle of a mission', (standIn) => [standIn.tire(), standIn.arrive()]],
] satisfies [string, (standIn: RobotStandIn) => unknown][])
  test(`sends nothing to a robot that ${what} already`, async (t) => {
    const { standIn, clean } = await robot(t)
    await clean.make(undefined, making())
    before(standIn)

    await clean.make(undefined, making())

    assert.deepEqual(standIn.commands, ['start'])
  })

test('goes on with a mission that was paused', async (t) => {
  const { standIn, clean } = await robot(t)
  await clean.make(undefined, making())
  standIn.obey('pause')

  const { mission } = await clean.make(undefined, making())

  assert.equal(mission.number, 39)
  assert.deepEqual(standIn.commands, ['start', 'resume'])
})

test('turns a robot around that is on its way home', async (t) => {
  const { standIn, clean, dock } = await robot(t)
  await clean.make(undefined, making())
  await dock.make(undefined, making())

  const { doing } = await clean.make(undefined, making())

  assert.equal(doing, 'cleaning')
  assert.deepEqual(standIn.commands.slice(-2), ['pause', 'resume'])
})

test('sends a robot home that cleans, which has to be paused first', async (t) => {
  const { standIn, clean, dock, lookups } = await robot(t)
  await clean.make(undefined, making())

  const { doing } = await dock.make(undefined, making())
  standIn.arrive()

  assert.equal(doing, 'returning')
  assert.deepEqual(standIn.commands, ['start', 'pause', 'dock'])
  const home = await lookups.state(undefined, call())
  assert.ok(home.kind === 'found')
  assert.deepEqual([home.value.doing, home.value.mission.cycle], ['docked', 'none'])
})

for (const [what, before, commands] of [
  ['is at home', () => undefined, []],
  ['is on its way home', (standIn) => [standIn.obey('start'), standIn.finish()], []],
  ['was carried away from its dock', (standIn) => standIn.carryAway(), ['dock']],
  ['is paused', (standIn) => [standIn.obey('start'), standIn.obey('pause')], ['dock']],
  [
    'is at home, and would go on with its mission',
    (standIn) => [standIn.obey('start'), standIn.tire(), standIn.arrive()],
    ['stop'],
  ],
] satisfies [string, (standIn: RobotStandIn) => unknown, string[]][])
  test(`sends ${commands.join() || 'nothing'} to a robot that ${what}`, async (t) => {
    const { standIn, dock } = await robot(t)
    before(standIn)

    const { doing } = await dock.make(undefined, making())

    assert.ok(doing === 'docked' || doing === 'returning')
    assert.deepEqual(standIn.commands, commands)
  })

test('finds by its state what an attempt without an answer did', async (t) => {
  const { standIn, clean, dock } = await robot(t)
  assert.deepEqual(await clean.find?.(undefined, making()), { kind: 'not_found' })
  standIn.misbehave({ lostAnswers: 1 })

  for (const effect of [clean, dock]) {
    await assert.rejects(
      effect.make(undefined, making()),
      (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened,
    )
    // The first command of `dock` is `pause`, after which it is not on its way yet.
    standIn.misbehave({})
    const found = await effect.find?.(undefined, making())
    assert.equal(found?.kind, effect === clean ? 'found' : 'not_found')
    standIn.misbehave({ lostAnswers: 1 })
  }

  await assert.rejects(dock.make(undefined, making()), ConnectorUnavailable)
  standIn.misbehave({})
  assert.equal((await dock.find?.(undefined, making()))?.kind, 'found')
})

test('finds a mission that was begun and is paused meanwhile, and not one of yesterday', async (t) => {
  const { standIn, clean } = await robot(t)
  await clean.make(undefined, making())
  standIn.obey('pause')

  const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
  const found = [
    await clean.find?.(undefined, making()),
    await clean.find?.(undefined, { ...making(), intendedAt: tomorrow }),
  ]

  assert.deepEqual(
    found.map((answer) => answer?.kind),
    ['found', 'not_found'],
  )
})

test('waits for a person where the robot is stuck', async (t) => {
  const { standIn, clean, dock, lookups } = await robot(t)
  standIn.obey('start')
  standIn.getStuck(6)

  for (const effect of [clean, dock])
    await assert.rejects(
      effect.make(undefined, making()),
      (error) =>
        error instanceof ConnectorUnavailable && !error.mayHaveHappened && /stuck \(error 6\)/.test(error.message),
    )

  assert.deepEqual(standIn.commands, [])
  const state = await lookups.state(undefined, call())
  assert.ok(state.kind === 'found')
  assert.deepEqual([state.value.doing, state.value.error], ['stuck', 6])
})

test('says what the robot does instead where it does not heed a command', async (t) => {
  const { standIn, clean } = await robot(t)
  standIn.misbehave({ heedsNothing: true })

  await assert.rejects(
    clean.make(undefined, making(300)),
    (error) =>
      error instanceof ConnectorUnavailable &&
      error.mayHaveHappened &&
      /did not come to that in time; its phase is "charge", error 0, notReady 0/.test(error.message),
  )
  await until('it has left', () => standIn.connections === 0)
})

test('leaves after each call, and calls one at a time', async (t) => {
  const { standIn, lookups, probe } = await robot(t)

  const answers = await Promise.all([
    ...Array.from({ length: 5 }, () => lookups.state(undefined, call())),
    probe(call()).then(() => ({ kind: 'found' })),
  ])

  assert.ok(answers.every(({ kind }) => kind === 'found'))
  assert.deepEqual([standIn.visits, standIn.connections], [6, 0])
})

test('does not wait for ever for a call before it, and lets the next one through', async (t) => {
  const { standIn, lookups } = await robot(t)
  standIn.misbehave({ silent: true })
  const first = assert.rejects(lookups.state(undefined, call(300)), /no answer in time/)
  const second = assert.rejects(lookups.state(undefined, call(100)), /earlier calls took all the time/)
  await Promise.all([first, second])
  standIn.misbehave({})

  assert.equal((await lookups.state(undefined, call())).kind, 'found')
})

test('says that somebody else may be connected where the robot turns it away', async (t) => {
  const { standIn, lookups, clean } = await robot(t)

  for (const how of [{ isTaken: true }, { down: true }, { broken: 1 }] satisfies RobotMisbehaviour[]) {
    standIn.misbehave(how)
    for (const asked of [lookups.state(undefined, call()), clean.make(undefined, making())])
      await assert.rejects(
        asked,
        (error) =>
          error instanceof ConnectorUnavailable &&
          !error.mayHaveHappened &&
          /one connection at a time/.test(error.message),
      )
  }
  standIn.misbehave({})

  assert.equal((await lookups.state(undefined, call())).kind, 'found')
})

test('says that the robot tells nothing', async (t) => {
  const { standIn, lookups } = await robot(t)
  standIn.misbehave({ tellsNothing: true })

  await assert.rejects(
    lookups.state(undefined, call(200)),
    (error) => error instanceof ConnectorUnavailable && /told nothing of its mission/.test(error.message),
  )
})

for (const [what, reports] of [
  ['a phase that is no text', { cycle: 'none', phase: 5 }],
  ['no phase', { cycle: 'none' }],
  ['a list', []],
  ['a phase of a kilobyte', { cycle: 'none', phase: 'x'.repeat(1000) }],
  ['a year that no calendar has', { cycle: 'clean', phase: 'run', mssnStrtTm: 1e15 }],
] as const)
  test(`takes ${what} for no state`, async (t) => {
    const { standIn, lookups, clean } = await robot(t)
    standIn.misbehave({ reports })

    await assert.rejects(lookups.state(undefined, call()), ConnectorAnswerInvalid)
    await assert.rejects(clean.make(undefined, making()), ConnectorAnswerInvalid)
    assert.deepEqual(standIn.commands, [])
  })

test('is told over a megabyte and hangs up', async (t) => {
  const { standIn, lookups } = await robot(t)
  standIn.misbehave({ reports: { cycle: 'x'.repeat(2 * 1024 * 1024), phase: 'run' } })

  await assert.rejects(
    lookups.state(undefined, call()),
    (error) => error instanceof ConnectorAnswerInvalid && error.message.length < 500,
  )
})

test('sends the password to no robot with another certificate, and says which it has', async (t) => {
  const { standIn } = await robot(t)
  const { lookups, effects } = connect(t, standIn, { fingerprint: 'AB'.repeat(32) })

  for (const ask of [() => lookups.state(undefined, call()), () => effects.clean.make(undefined, making())]) {
    await assert.rejects(
      ask,
      (error) =>
        error instanceof ConnectorUnavailable &&
        !error.mayHaveHappened &&
        error.message.includes(standIn.fingerprint) &&
        /the password was not sent/.test(error.message),
    )
    await until('it has left', () => standIn.connections === 0)
  }
  assert.equal(standIn.visits, 0)
})

test('takes a fingerprint without colons, in lower case', async (t) => {
  const { standIn } = await robot(t)
  const { lookups } = connect(t, standIn, { fingerprint: standIn.fingerprint.replaceAll(':', '').toLowerCase() })

  assert.equal((await lookups.state(undefined, call())).kind, 'found')
})

for (const wrong of ['blid', 'password'] as const)
  test(`is not let in with another ${wrong}, and shows no password`, async (t) => {
    const { standIn } = await robot(t)
    const options = wrong === 'blid' ? { blid: 'ANOTHER' } : { password: secretOf(t, 'not-the-password') }
    const { lookups, effects, probe } = connect(t, standIn, options)

    for (const asked of [lookups.state(undefined, call()), effects.dock.make(undefined, making()), probe(call())])
      await assert.rejects(asked, (error) => {
        assert.ok(error instanceof ConnectorRefused)
        assert.deepEqual([error.status, /code 4.*blid or password is wrong/.test(error.message)], [401, true])
        const shown = inspect(error, { depth: 10 })
        assert.ok(!shown.includes(standIn.password) && !shown.includes('not-the-password'))
        return true
      })
  })

test('says that there is no TLS on the port', async (t) => {
  const { standIn } = await robot(t)
  const server = createServer((socket) => socket.on('error', () => undefined).end('220 mail.acme.example ESMTP\r\n'))
  const { port, close } = await listen(server, { port: 0, cut: () => undefined })
  t.after(close)
  const { lookups } = connect(t, standIn, { port })

  await assert.rejects(
    lookups.state(undefined, call()),
    (error) => error instanceof ConnectorRefused && /no TLS on this port/.test(error.message),
  )
})

test('names every option that can not be used', () => {
  const options = {
    host: 'https://roomba',
    port: 0,
    blid: 'a b',
    fingerprint: 'AB:CD',
    password: secret('ROOMBA_PASSWORD'),
  }

  assert.throws(
    () => connector(options),
    (error) => {
      assert.ok(error instanceof ConfigError)
      assert.deepEqual(
        error.faults.map(({ at }) => at),
        ['host', 'port', 'blid', 'fingerprint'].map((option) => `roomba.connector({ ${option} })`),
      )
      return true
    },
  )
})
