import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { secretOf } from '../../../test/support/secret-of.ts'
import type { Answer } from '../../connectors/outcome.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { type ActiveDirectory, type ActiveDirectoryOptions, connector } from './connector.ts'
import type { DirectoryUser } from './schema.ts'
import { acmeDirectory, baseDn, group, user } from './stand-in/acme-directory.ts'
import { type DirectoryStandIn, type DirectoryStandInOptions, startDirectory } from './stand-in.ts'

const call = () => ({ signal: AbortSignal.timeout(10_000) })

async function directory(t: TestContext, options: DirectoryStandInOptions = {}): Promise<DirectoryStandIn> {
  const standIn = await startDirectory(options)
  t.after(() => standIn.close())
  return standIn
}

function connect(
  t: TestContext,
  standIn: DirectoryStandIn,
  options: Partial<ActiveDirectoryOptions> = {},
): ActiveDirectory {
  const password = passwordSecret(t, standIn.password)
  const { url, bindDn, ca } = standIn
  const connected = connector({ url, bindDn, password, baseDn, ca, ...options }).connect()
  t.after(() => connected.close())
  return connected
}

function passwordSecret(t: TestContext, value: string) {
  return secretOf(t, value)
}

function userOf(answer: Answer<DirectoryUser>): DirectoryUser {
  if (answer.kind === 'not_found') throw new assert.AssertionError({ message: 'the user was not found' })
  return answer.value
}

test('finds a user with their manager and groups', async (t) => {
  const { lookups } = connect(t, await directory(t))

  const answer = await lookups.user('mlisa', call())

  assert.deepEqual(answer, {
    kind: 'found',
    value: {
      name: 'mlisa',
      displayName: 'Mona Lisa',
      company: 'Acme',
      department: 'Art',
      location: 'Paris',
      title: 'Portrait',
      mail: 'mlisa@acme.example',
      phone: '+33 1 40 20 53 17',
      manager: 'Leonardo da Vinci',
      groups: ['Art Handlers', 'Louvre, Paris', 'VPN Users'],
      disabled: false,
      locked: false,
      passwordExpired: false,
      passwordSet: '2026-08-03T10:00:00.000Z',
      accountExpires: 'never',
      created: '2024-02-29T08:30:00.000Z',
      lastLogon: '2026-11-01T07:45:30.000Z',
    },
  })
})

for (const name of ['MLISA', 'mlisa@acme.example', 'MLisa@ACME.example'])
  test(`finds Mona Lisa by ${name}`, async (t) => {
    const { lookups } = connect(t, await directory(t))

    const answer = await lookups.user(name, call())

    assert.equal(userOf(answer).name, 'mlisa')
  })

test('says not found for a name that nobody has', async (t) => {
  const { lookups } = connect(t, await directory(t))

  const answer = await lookups.user('nobody', call())

  assert.deepEqual(answer, { kind: 'not_found' })
})

for (const name of ['*', 'mli*', 'x)(cn=*', 'mlisa)(|(cn=*', '\\2a', 'aturing(*)', 'é*'])
  test(`takes the name ${name} for itself and for no pattern`, async (t) => {
    const { lookups } = connect(t, await directory(t))

    const answer = await lookups.user(name, call())

    assert.deepEqual(answer, { kind: 'not_found' })
  })

test('finds a user whose own name has the characters of filters', async (t) => {
  const { lookups } = connect(t, await directory(t))

  const answer = await lookups.user('aturing(adm)', call())

  assert.equal(userOf(answer).displayName, 'Turing, Alan *admin*')
})

for (const name of ['', '   ', 'mlisa\0', 'mli\nsa', 'm'.repeat(257)])
  test(`refuses the name ${JSON.stringify(name).slice(0, 12)} before anything is sent`, async (t) => {
    const standIn = await directory(t)
    const { lookups } = connect(t, standIn)

    await assert.rejects(lookups.user(name, call()), ConnectorInputInvalid)
    assert.deepEqual(standIn.requests, [])
  })

test('tells the states of an account apart', async (t) => {
  const { lookups } = connect(t, await directory(t))
  const states = async (name: string) => {
    const { disabled, locked, passwordExpired } = userOf(await lookups.user(name, call()))
    return { disabled, locked, passwordExpired }
  }

  assert.deepEqual(await states('dgray'), { disabled: true, locked: false, passwordExpired: false })
  assert.deepEqual(await states('edantes'), { disabled: false, locked: true, passwordExpired: false })
  assert.deepEqual(await states('rvwinkle'), { disabled: false, locked: false, passwordExpired: true })
})

test('tells when an account expired and that nobody ever logged on with it', async (t) => {
  const { lookups } = connect(t, await directory(t))

  const cinderella = userOf(await lookups.user('cinderella', call()))

  assert.equal(cinderella.accountExpires, '2026-01-01T00:00:00.000Z')
  assert.equal(cinderella.lastLogon, 'never')
})

test('leaves out what the directory does not say', async (t) => {
  const bare = { userAccountControl: [], 'msDS-User-Account-Control-Computed': [], accountExpires: [], mail: [] }
  const entries = [...acmeDirectory(), user({ name: 'bare', cn: 'Bare', attributes: bare })]
  const { lookups } = connect(t, await directory(t, { entries }))

  const { company, ...rest } = userOf(await lookups.user('ghopper', call()))
  const unknown = userOf(await lookups.user('bare', call()))

  assert.equal(company, undefined)
  assert.equal(rest.department, 'Engineering')
  assert.deepEqual(rest.groups, [])
  assert.deepEqual(
    ['disabled', 'locked', 'passwordExpired', 'accountExpires', 'mail'].filter((key) => key in unknown),
    [],
  )
})

test('names a manager whose entry is gone by their distinguished name', async (t) => {
  const manager = `CN=Gon\\C3\\A9\\, Away,OU=Users,${baseDn}`
  const entries = [...acmeDirectory(), user({ name: 'orphan', cn: 'Orphan', attributes: { manager } })]
  const { lookups } = connect(t, await directory(t, { entries }))

  const answer = await lookups.user('orphan', call())

  assert.equal(userOf(answer).manager, 'Goné, Away')
})

test('prefers the user with that logon name to one with that mail address', async (t) => {
  const entries = [...acmeDirectory(), user({ name: 'impostor', cn: 'Impostor', attributes: { mail: 'mlisa' } })]
  const { lookups } = connect(t, await directory(t, { entries }))

  const answer = await lookups.user('mlisa', call())

  assert.equal(userOf(answer).displayName, 'Mona Lisa')
})

test('answers nothing where several users share a mail address', async (t) => {
  const shared = ['one', 'two', 'three'].map((name) =>
    user({ name, cn: name, attributes: { mail: 'desk@acme.example' } }),
  )
  const { lookups } = connect(t, await directory(t, { entries: [...acmeDirectory(), ...shared] }))

  const asked = lookups.user('desk@acme.example', call())

  await assert.rejects(asked, (error) => error instanceof ConnectorAnswerInvalid && /3 users/.test(error.message))
})

test('takes no part of a list for the whole when the directory limits it', async (t) => {
  const shared = ['one', 'two'].map((name) => user({ name, cn: name, attributes: { mail: 'desk@acme.example' } }))
  const standIn = await directory(t, { entries: [...acmeDirectory(), ...shared], maxEntries: 1 })
  const { lookups } = connect(t, standIn)

  await assert.rejects(lookups.user('desk@acme.example', call()), ConnectorAnswerInvalid)
})

test('does not take a group or a computer for a user', async (t) => {
  const computer = user({
    name: 'mona-laptop$',
    cn: 'mona-laptop',
    attributes: { objectCategory: `CN=Computer,CN=Schema,CN=Configuration,${baseDn}` },
  })
  const entries = [...acmeDirectory(), computer, group(`CN=staff,${baseDn}`, 'staff')]
  const { lookups } = connect(t, await directory(t, { entries }))

  assert.deepEqual(await lookups.user('mona-laptop$', call()), { kind: 'not_found' })
  assert.deepEqual(await lookups.user('staff', call()), { kind: 'not_found' })
})

test('asks over StartTLS, and binds only after it', async (t) => {
  const standIn = await directory(t, { startTls: true })
  const { lookups } = connect(t, standIn, { startTls: true })

  const answer = await lookups.user('ghopper', call())

  assert.equal(userOf(answer).name, 'ghopper')
  assert.deepEqual(standIn.requests, ['extended', 'bind', 'search'])
})

test('shares one connection and one bind between look-ups at the same time', async (t) => {
  const standIn = await directory(t)
  const { lookups } = connect(t, standIn)

  const answers = await Promise.all(['mlisa', 'dgray', 'edantes', 'nobody'].map((name) => lookups.user(name, call())))

  assert.deepEqual(
    answers.map(({ kind }) => kind),
    ['found', 'found', 'found', 'not_found'],
  )
  assert.equal(standIn.connections, 1)
  assert.equal(standIn.requests.filter((kind) => kind === 'bind').length, 1)
})

for (const startTls of [false, true])
  test(`connects and binds anew after the connection broke (${startTls ? 'StartTLS' : 'ldaps'})`, async (t) => {
    const standIn = await directory(t, { startTls })
    const { lookups } = connect(t, standIn, { startTls })
    await lookups.user('mlisa', call())
    standIn.misbehave({ cutAt: 1 })

    await assert.rejects(lookups.user('mlisa', call()), ConnectorUnavailable)
    const answer = await lookups.user('mlisa', call())

    assert.equal(answer.kind, 'found')
    assert.equal(standIn.requests.filter((kind) => kind === 'bind').length, 2)
  })

test('comes back after the directory was down', async (t) => {
  const standIn = await directory(t)
  const { lookups } = connect(t, standIn)
  await lookups.user('mlisa', call())
  standIn.misbehave({ down: true })

  await assert.rejects(
    lookups.user('mlisa', call()),
    (error) => error instanceof ConnectorUnavailable && !error.mayHaveHappened,
  )
  standIn.misbehave({})
  const answer = await lookups.user('mlisa', call())

  assert.equal(answer.kind, 'found')
})

for (const [illness, fault] of [
  [{ rateLimited: 1 }, 'busy'],
  [{ broken: 1 }, 'unavailable'],
] as const)
  test(`fails for a while when the directory is ${fault}`, async (t) => {
    const standIn = await directory(t)
    const { lookups } = connect(t, standIn)
    standIn.misbehave(illness)

    await assert.rejects(
      lookups.user('mlisa', call()),
      (error) => error instanceof ConnectorUnavailable && error.message.includes(fault),
    )
  })

for (const startTls of [false, true])
  test(`gives up a silent server after its own time, and asks anew (${startTls ? 'StartTLS' : 'ldaps'})`, async (t) => {
    const standIn = await directory(t, { startTls })
    const { lookups } = connect(t, standIn, { startTls, timeoutMs: 150 })
    standIn.misbehave({ silent: true })

    await assert.rejects(lookups.user('mlisa', call()), ConnectorUnavailable)
    standIn.misbehave({})
    assert.equal((await lookups.user('mlisa', call())).kind, 'found')
    standIn.misbehave({ silent: true })
    const again = await lookups.user('mlisa', call()).catch((error) => {
      assert.ok(error instanceof ConnectorUnavailable)
      standIn.misbehave({})
      return lookups.user('mlisa', call())
    })

    assert.equal(again.kind, 'found')
  })

test('fails rather than tell a user without their manager when the connection breaks in between', async (t) => {
  const standIn = await directory(t)
  const { lookups, probe } = connect(t, standIn)
  await probe(call())
  standIn.misbehave({ cutAt: 2 })

  await assert.rejects(lookups.user('mlisa', call()), ConnectorUnavailable)
})

test('gives up a server that never speaks TLS after its own time', async (t) => {
  const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  t.after(() => silent.close())
  const address = silent.address()
  assert.ok(address !== null && typeof address === 'object')
  const standIn = await directory(t)
  const { lookups } = connect(t, standIn, { url: `ldaps://127.0.0.1:${address.port}`, timeoutMs: 150 })

  await assert.rejects(
    lookups.user('mlisa', call()),
    (error) => error instanceof ConnectorUnavailable && /in time/.test(error.message),
  )
})

test('ends one look-up when its signal aborts, and not the others', async (t) => {
  const standIn = await directory(t)
  const { lookups } = connect(t, standIn)
  await lookups.user('mlisa', call())
  standIn.misbehave({ slowMs: 50 })
  const impatient = AbortSignal.abort()

  const [cut, whole] = await Promise.allSettled([
    lookups.user('mlisa', { signal: impatient }),
    lookups.user('dgray', call()),
  ])

  assert.ok(cut.status === 'rejected' && cut.reason instanceof ConnectorUnavailable)
  assert.ok(whole.status === 'fulfilled' && whole.value.kind === 'found')
})

for (const [entry, word, reason] of [
  ['svc-adder', 'not-the-password', /password is wrong/],
  ['Nobody', 'not-the-password', /password is wrong/],
  ['Edmond Dantès', 'not-the-password', /locked out/],
  ['Dorian Gray', 'the-password', /disabled/],
  ['Rip Van Winkle', 'the-password', /expired/],
] as const)
  test(`says why a bind as ${entry} is refused, without the password`, async (t) => {
    const standIn = await directory(t, { password: 'the-password' })
    const ou = entry === 'svc-adder' ? 'Service Accounts' : 'Users'
    const bindDn = `CN=${entry},OU=${ou},${baseDn}`
    const { lookups } = connect(t, standIn, { bindDn, password: passwordSecret(t, word) })

    await assert.rejects(lookups.user('mlisa', call()), (error) => {
      assert.ok(error instanceof ConnectorRefused)
      assert.equal(error.status, 49)
      assert.match(error.message, reason)
      assert.doesNotMatch(inspect(error, { depth: 10 }), /the-password/)
      return true
    })
  })

test('sends a refused password once in 5 minutes, and a new one at once', async (t) => {
  const standIn = await directory(t)
  const password = passwordSecret(t, 'not-the-password')
  const { lookups } = connect(t, standIn, { password })
  const binds = () => standIn.requests.filter((kind) => kind === 'bind').length
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-02T10:00:00Z') })

  for (let asked = 0; asked < 3; asked += 1) await assert.rejects(lookups.user('mlisa', call()), ConnectorRefused)
  assert.equal(binds(), 1)
  t.mock.timers.setTime(Date.parse('2026-11-02T10:05:00Z'))
  await assert.rejects(lookups.user('mlisa', call()), ConnectorRefused)
  assert.equal(binds(), 2)
  process.env[password.name] = standIn.password
  const answer = await lookups.user('mlisa', call())

  assert.equal(answer.kind, 'found')
})

test('refuses a certificate that it can not trust, and says how to trust it', async (t) => {
  const { ca: _, ...standIn } = await directory(t)
  const password = passwordSecret(t, standIn.password)
  const { lookups, close } = connector({ url: standIn.url, bindDn: standIn.bindDn, password, baseDn }).connect()
  t.after(close)

  await assert.rejects(
    lookups.user('mlisa', call()),
    (error) => error instanceof ConnectorRefused && /set ca/.test(error.message),
  )
})

for (const startTls of [false, true])
  test(`refuses a certificate for another name (${startTls ? 'StartTLS' : 'ldaps'})`, async (t) => {
    const standIn = await directory(t, { startTls })
    const { lookups } = connect(t, standIn, { startTls, servername: 'dc1.acme.example' })

    await assert.rejects(
      lookups.user('mlisa', call()),
      (error) => error instanceof ConnectorRefused && /servername/.test(error.message),
    )
    assert.ok(!standIn.requests.includes('bind'))
  })

test('says that baseDn is wrong instead of finding nobody', async (t) => {
  const { lookups, probe } = connect(t, await directory(t), { baseDn: 'DC=other,DC=example' })
  const isRefused = (error: unknown) => error instanceof ConnectorRefused && /baseDn/.test(error.message)

  await assert.rejects(lookups.user('mlisa', call()), isRefused)
  await assert.rejects(probe(call()), isRefused)
})

test('probes with a bind and the base entry', async (t) => {
  const standIn = await directory(t)
  const { probe } = connect(t, standIn)

  await probe(call())

  assert.deepEqual(standIn.requests, ['bind', 'search'])
})

test('ends its connection when it is closed', { timeout: 10_000 }, async (t) => {
  const standIn = await directory(t)
  const { lookups, close } = connect(t, standIn)
  await lookups.user('mlisa', call())

  await close()

  while (standIn.connections > 0 && !t.signal.aborted) await new Promise((resolve) => setImmediate(resolve))
})

test('names every option that can not be used', () => {
  const password = secret('AD_PASSWORD')
  const options = { url: 'ldap://dc1', bindDn: '', password, baseDn: ' ', ca: '/nowhere/ca.pem', timeoutMs: 0 }

  assert.throws(
    () => connector(options),
    (error) => {
      const message = error instanceof Error ? error.message : ''
      for (const option of ['url', 'bindDn', 'baseDn', 'ca', 'timeoutMs']) assert.ok(message.includes(`{ ${option} }`))
      return true
    },
  )
})

for (const { url, startTls, mending } of [
  { url: 'ldap://dc1', startTls: false, mending: 'write an ldaps:// address, or set startTls: true' },
  { url: 'ldaps://dc1', startTls: true, mending: 'write an ldap:// address, or leave startTls out' },
])
  test(`says how ${url} is mended where startTls is ${startTls}`, () => {
    const options = { url, startTls, bindDn: 'x', password: secret('AD_PASSWORD'), baseDn: 'y' }

    assert.throws(() => connector(options), { message: new RegExp(mending) })
  })

test('reads the authority from a file', () => {
  const options = { url: 'ldaps://dc1', bindDn: 'x', password: secret('AD_PASSWORD'), baseDn: 'y' }
  const beside = (name: string) => fileURLToPath(import.meta.resolve(name))

  assert.throws(() => connector({ ...options, ca: beside('./index.ts') }), /no certificate/)
  assert.ok(connector({ ...options, ca: beside('../../stand-ins/test-certificate.ts') }))
})
