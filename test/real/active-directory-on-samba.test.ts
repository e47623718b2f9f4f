import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, type TestContext, test } from 'node:test'
import { ConnectorRefused } from '../../src/errors/connector-errors.ts'
import {
  type ActiveDirectoryOptions,
  connector,
  type DirectoryUser,
} from '../../src/integrations/active-directory/index.ts'
import { secret } from '../../src/secrets/secret.ts'
import { hasSamba, type Samba, startSamba } from './samba.ts'

const isInstalled = await hasSamba()
const skip =
  isInstalled || process.env.CI ? false : 'SAMBA IS NOT INSTALLED: nothing was tested against a domain controller'

const call = () => ({ signal: AbortSignal.timeout(20_000) })
const servicePassword = 'Svc-secret1'

describe("Active Directory against Samba's domain controller", { skip }, () => {
  let samba: Samba

  before(async () => {
    samba = await startSamba()
    const create = (name: string, ...options: string[]) =>
      samba.tool('user', 'create', name, `${name}-Secret1`, ...options)
    await samba.tool('user', 'create', 'svc-adder', servicePassword)
    await create('ana', '--given-name=Ana', '--surname=Lytics')
    await create(
      'mlisa',
      ...['--given-name=Mona', '--surname=Lisa', '--mail-address=mona.lisa@acme.example'],
      ...['--company=Acme', '--department=Art', '--job-title=Muse'],
    )
    for (const name of ['gone', 'locked', 'expired', 'renewing']) await create(name)
    await samba.tool('user', 'disable', 'gone')
    await samba.tool('user', 'setexpiry', 'expired', '--days=0')
    for (const group of ['vpn', 'Art Lovers']) {
      await samba.tool('group', 'add', group)
      await samba.tool('group', 'addmembers', group, 'mlisa')
    }
    await samba.modify(
      [
        'dn: CN=Mona Lisa,CN=Users,DC=acme,DC=example',
        ...['changetype: modify', 'replace: l', 'l: Paris', '-'],
        ...['replace: manager', 'manager: CN=Ana Lytics,CN=Users,DC=acme,DC=example', ''],
        'dn: CN=renewing,CN=Users,DC=acme,DC=example',
        ...['changetype: modify', 'replace: pwdLastSet', 'pwdLastSet: 0', ''],
      ].join('\n'),
    )
  })
  after(() => samba.stop())

  function connect(t: TestContext, options: Partial<ActiveDirectoryOptions> = {}, password = servicePassword) {
    const name = `SAMBA_PASSWORD_${randomUUID().replaceAll('-', '_').toUpperCase()}`
    process.env[name] = password
    const { ldapsUrl: url, baseDn, caFile: ca } = samba
    const bindDn = 'svc-adder@acme.example'
    const connected = connector({ url, baseDn, ca, bindDn, password: secret(name), ...options }).connect()
    t.after(async () => {
      delete process.env[name]
      await connected.close()
    })
    return connected
  }

  async function user(t: TestContext, name: string): Promise<DirectoryUser> {
    const answer = await connect(t).lookups.user(name, call())
    assert.ok(answer.kind === 'found', `${name} is ${answer.kind}`)
    return answer.value
  }

  for (const startTls of [false, true])
    test(`finds a user with manager and groups over ${startTls ? 'StartTLS' : 'ldaps'}`, async (t) => {
      const directory = connect(t, startTls ? { url: samba.ldapUrl, startTls } : {})

      const answer = await directory.lookups.user('MLISA', call())

      assert.ok(answer.kind === 'found')
      const { passwordSet = '', created = '', ...mona } = answer.value
      assert.deepEqual(mona, {
        name: 'mlisa',
        displayName: 'Mona Lisa',
        company: 'Acme',
        department: 'Art',
        location: 'Paris',
        title: 'Muse',
        mail: 'mona.lisa@acme.example',
        manager: 'Ana Lytics',
        groups: ['Art Lovers', 'vpn'],
        disabled: false,
        locked: false,
        passwordExpired: false,
        accountExpires: 'never',
      })
      for (const time of [passwordSet, created]) assert.ok(Math.abs(Date.now() - Date.parse(time)) < 600_000, time)
    })

  test('finds a user by mail address and by user principal name', async (t) => {
    assert.equal((await user(t, 'mona.lisa@acme.example')).name, 'mlisa')
    assert.equal((await user(t, 'mlisa@acme.example')).name, 'mlisa')
  })

  test('says not found for a name that nobody has, and for those of a computer and of a group', async (t) => {
    const { lookups } = connect(t)

    for (const name of ['nobody', 'DC1$', 'vpn'])
      assert.deepEqual(await lookups.user(name, call()), { kind: 'not_found' })
  })

  test('tells who is disabled, has expired, or has to change the password', async (t) => {
    const { disabled } = await user(t, 'gone')
    const { accountExpires = '' } = await user(t, 'expired')
    const { passwordExpired } = await user(t, 'renewing')

    assert.equal(disabled, true)
    assert.ok(Date.parse(accountExpires) <= Date.now(), accountExpires)
    assert.equal(passwordExpired, true)
  })

  test('tells who is locked out after three wrong passwords, which userAccountControl does not hold', async (t) => {
    assert.equal((await user(t, 'locked')).locked, false)

    for (let attempt = 0; attempt < 3; attempt += 1) assert.equal(await samba.logOn('locked', 'wrong'), false)

    assert.equal(await samba.logOn('locked', 'locked-Secret1'), false)
    assert.equal((await user(t, 'locked')).locked, true)
  })

  for (const { who, password, reason } of [
    { who: 'mlisa', password: 'not-the-word', reason: /the password is wrong/ },
    { who: 'gone', password: 'gone-Secret1', reason: /the account is disabled/ },
    { who: 'expired', password: 'expired-Secret1', reason: /the account has expired/ },
  ])
    test(`says why ${who} may not ask: ${reason.source}`, async (t) => {
      const directory = connect(t, { bindDn: `${who}@acme.example` }, password)

      await assert.rejects(directory.lookups.user('mlisa', call()), (error) => {
        assert.ok(error instanceof ConnectorRefused)
        assert.match(error.message, reason)
        assert.ok(!error.message.includes(password))
        return true
      })
    })

  test('takes hostile names for themselves', async (t) => {
    const { lookups } = connect(t)

    for (const name of ['*', 'm*', 'x)(sAMAccountName=*', 'mlisa)(|(cn=*', '\\2a', '\\'])
      assert.deepEqual(await lookups.user(name, call()), { kind: 'not_found' }, name)
  })

  test('probes, and says what is wrong with baseDn', async (t) => {
    await connect(t).probe(call())

    await assert.rejects(
      connect(t, { baseDn: 'DC=acme,DC=example,DC=org' }).probe(call()),
      (error) => error instanceof ConnectorRefused,
    )
  })
})
