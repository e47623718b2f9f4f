import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeOfGeneralized, timeOfTicks } from './directory-time.ts'
import { firstName } from './distinguished-name.ts'
import { attributesOf, directoryUser } from './schema.ts'

for (const [ticks, time] of [
  ['116444736000000000', '1970-01-01T00:00:00.000Z'],
  ['133536870451234567', '2024-02-29T13:30:45.123Z'],
  ['1', '1601-01-01T00:00:00.000Z'],
  ['0', 'never'],
  ['9223372036854775807', 'never'],
  ['9223372036854775806', '+030828-09-14T02:48:05.477Z'],
  ['', undefined],
  ['-1', undefined],
  ['soon', undefined],
  [undefined, undefined],
] as const)
  test(`reads the ticks ${ticks} as ${time}`, () => {
    assert.equal(timeOfTicks(ticks), time)
  })

for (const [text, time] of [
  ['20240229083000.0Z', '2024-02-29T08:30:00.000Z'],
  ['20240229083000Z', '2024-02-29T08:30:00.000Z'],
  ['20241329083000Z', undefined],
  ['2024', undefined],
  [undefined, undefined],
] as const)
  test(`reads the generalized time ${text} as ${time}`, () => {
    assert.equal(timeOfGeneralized(text), time)
  })

for (const [dn, name] of [
  ['CN=VPN Users,OU=Groups,DC=acme,DC=example', 'VPN Users'],
  ['CN=Louvre\\, Paris,OU=Groups', 'Louvre, Paris'],
  ['CN=Louvre\\2C Paris,OU=Groups', 'Louvre, Paris'],
  ['cn=Dant\\C3\\A8s\\+Co+uid=7,dc=x', 'Dantès+Co'],
  ['CN=a\\\\b', 'a\\b'],
  ['not a dn', 'not a dn'],
  ['', ''],
] as const)
  test(`reads the first name of ${dn}`, () => {
    assert.equal(firstName(dn), name)
  })

test('reads attributes whatever the case of their names and the number of their values', () => {
  const entry = {
    dn: 'CN=x',
    DISPLAYNAME: 'X',
    memberof: ['CN=b,DC=x', 'CN=a,DC=x'],
    useraccountcontrol: '-2147483646',
  }

  const user = directoryUser(attributesOf(entry), 'x', undefined)

  assert.deepEqual(user, { name: 'x', displayName: 'X', groups: ['a', 'b'], disabled: true })
})
