import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import type { Answer } from '../../src/connectors/outcome.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../src/errors/connector-errors.ts'
import {
  type ActiveDirectory,
  type ActiveDirectoryOptions,
  connector,
  type DirectoryUser,
} from '../../src/integrations/active-directory/index.ts'
import { secret } from '../../src/secrets/secret.ts'
import { authority } from '../../src/stand-ins/test-certificate.ts'
import { type Entry, hasSlapd, type Slapd, startSlapd } from './slapd.ts'

const isInstalled = await hasSlapd()
// In CI it has to be there: a test that skips itself for ever proves nothing.
const skip = isInstalled || process.env.CI ? false : 'SLAPD IS NOT INSTALLED: nothing was tested against OpenLDAP'

const people = 'ou=people,dc=acme,dc=example'
const servicePassword = randomUUID()
const call = () => ({ signal: AbortSignal.timeout(20_000) })

function person(rdn: string, attributes: Record<string, string | string[]>): Entry {
  return {
    rdn: `${rdn},ou=people`,
    attributes: { objectClass: 'user', sn: 'x', objectCategory: 'person', ...attributes },
  }
}

const entries: readonly Entry[] = [
  { rdn: 'ou=people', attributes: { objectClass: 'organizationalUnit' } },
  { rdn: 'cn=svc-adder', attributes: { objectClass: 'user', sn: 'svc', userPassword: servicePassword } },
  person('cn=Ana', { sAMAccountName: 'ana', displayName: 'Ana Lytics', userAccountControl: '512' }),
  person('cn=Mona Lisa', {
    sAMAccountName: 'mlisa',
    userPrincipalName: 'mlisa@acme.example',
    mail: 'mona.lisa@acme.example',
    displayName: 'Mona Lisa',
    company: 'Acme',
    department: 'Art',
    l: 'Paris',
    manager: `cn=Ana,${people}`,
    userAccountControl: '512',
    'msDS-User-Account-Control-Computed': '16',
    accountExpires: '9223372036854775807',
    lastLogonTimestamp: '133536870451234567',
    whenCreated: '20240229083000Z',
  }),
  person('cn=Dorian Gray', {
    sAMAccountName: 'dgray',
    userAccountControl: '514',
    manager: `cn=Gone\\, Away,${people}`,
  }),
  person('cn=Star', { sAMAccountName: 'a*(b)\\c', displayName: 'Star' }),
  ...['one', 'two'].map((name) => person(`cn=${name}`, { sAMAccountName: name, mail: 'pair@acme.example' })),
  ...['p', 'q', 'r', 's'].map((name) => person(`cn=${name}`, { sAMAccountName: name, mail: 'desk@acme.example' })),
  { rdn: 'cn=vpn', attributes: { objectClass: 'group', member: `cn=Mona Lisa,${people}` } },
  { rdn: 'cn=Louvre\\, Paris', attributes: { objectClass: 'group', member: `cn=Mona Lisa,${people}` } },
]

describe('Active Directory against OpenLDAP', { skip }, () => {
  let slapd: Slapd

  before(async () => {
    slapd = await startSlapd(entries)
  })
  after(() => slapd.stop())

  function connect(t: TestContext, options: Partial<ActiveDirectoryOptions> = {}, word: string = servicePassword) {
    const name = `SLAPD_PASSWORD_${randomUUID().replaceAll('-', '_').toUpperCase()}`
    process.env[name] = word
    const { ldapsUrl: url, baseDn, caFile: ca } = slapd
    const bindDn = `cn=svc-adder,${baseDn}`
    const connected = connector({ url, baseDn, ca, bindDn, password: secret(name), ...options }).connect()
    t.after(async () => {
      delete process.env[name]
      await connected.close()
    })
    return connected
  }

  async function user({ lookups }: ActiveDirectory, name: string): Promise<DirectoryUser | undefined> {
    const answer: Answer<DirectoryUser> = await lookups.user(name, call())
    return answer.kind === 'found' ? answer.value : undefined
  }

  for (const startTls of [false, true])
    test(`finds a user with manager and groups over ${startTls ? 'StartTLS' : 'ldaps'}`, async (t) => {
      const directory = connect(t, startTls ? { url: slapd.ldapUrl, startTls } : {})

      const mona = await user(directory, 'MLISA')

      assert.deepEqual(mona, {
        name: 'mlisa',
        displayName: 'Mona Lisa',
        company: 'Acme',
        department: 'Art',
        location: 'Paris',
        mail: 'mona.lisa@acme.example',
        manager: 'Ana Lytics',
        groups: ['Louvre, Paris', 'vpn'],
        disabled: false,
        locked: true,
        passwordExpired: false,
        accountExpires: 'never',
        created: '2024-02-29T08:30:00.000Z',
        lastLogon: '2024-02-29T13:30:45.123Z',
      })
    })

  test('finds a user by mail address and by user principal name', async (t) => {
    const directory = connect(t)

    assert.equal((await user(directory, 'mona.lisa@acme.example'))?.name, 'mlisa')
    assert.equal((await user(directory, 'mlisa@acme.example'))?.name, 'mlisa')
  })

  test('says not found for a name that nobody has', async (t) => {
    const answer = await connect(t).lookups.user('nobody', call())

    assert.deepEqual(answer, { kind: 'not_found' })
  })

  test('tells a disabled user, and the name of a manager who is gone', async (t) => {
    const dorian = await user(connect(t), 'dgray')

    assert.deepEqual(dorian, { name: 'dgray', manager: 'Gone, Away', groups: [], disabled: true })
  })

  test('takes hostile names for themselves', async (t) => {
    const directory = connect(t)

    for (const name of ['*', 'a*', '(b)', 'x)(sAMAccountName=*', 'mlisa)(|(cn=*', '\\2a', 'a\\2a\\28b\\29\\5cc', '\\'])
      assert.equal(await user(directory, name), undefined, name)
    assert.equal((await user(directory, 'a*(b)\\c'))?.displayName, 'Star')
    await assert.rejects(directory.lookups.user('mlisa\0', call()), ConnectorInputInvalid)
  })

  test('refuses a wrong password without showing it', async (t) => {
    const directory = connect(t, {}, 'not-the-password')

    await assert.rejects(directory.lookups.user('mlisa', call()), (error) => {
      assert.ok(error instanceof ConnectorRefused && error.status === 49)
      assert.doesNotMatch(inspect(error, { depth: 10 }), /not-the-password/)
      return true
    })
  })

  for (const startTls of [false, true])
    test(`refuses a certificate of an unknown authority over ${startTls ? 'StartTLS' : 'ldaps'}`, async (t) => {
      const directory = connect(t, { ca: authority, ...(startTls ? { url: slapd.ldapUrl, startTls } : {}) })

      await assert.rejects(
        directory.lookups.user('mlisa', call()),
        (error) => error instanceof ConnectorRefused && /set ca/.test(error.message),
      )
    })

  test('answers nothing where several users match, and where the server does not tell them all', async (t) => {
    const { lookups } = connect(t)

    await assert.rejects(lookups.user('pair@acme.example', call()), ConnectorAnswerInvalid)
    await assert.rejects(lookups.user('desk@acme.example', call()), ConnectorAnswerInvalid)
  })

  test('probes, and says what is wrong with baseDn', async (t) => {
    await connect(t).probe(call())
    const elsewhere = connect(t, { baseDn: 'dc=acme,dc=example,dc=org' })

    await assert.rejects(
      elsewhere.probe(call()),
      (error) => error instanceof ConnectorRefused && /baseDn/.test(error.message),
    )
  })

  for (const startTls of [false, true])
    test(`binds anew after the server restarted, over ${startTls ? 'StartTLS' : 'ldaps'}`, async (t) => {
      const own = await startSlapd(entries)
      t.after(() => own.stop())
      const url = startTls ? own.ldapUrl : own.ldapsUrl
      const directory = connect(t, { url, startTls, ca: own.caFile })
      assert.equal((await user(directory, 'mlisa'))?.name, 'mlisa')

      await own.restart()

      const asked = await user(directory, 'mlisa').catch((error) => {
        assert.ok(error instanceof ConnectorUnavailable)
        return user(directory, 'mlisa')
      })
      assert.equal(asked?.name, 'mlisa')
    })
})
