import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublicAddress } from './is-public-address.ts'

for (const address of [
  '8.8.8.8',
  '118.25.6.39',
  '172.32.0.1',
  '100.128.0.1',
  '2001:4860:4860::8888',
  '64:ff9b::808:808',
])
  test(`takes ${address} for an address on the internet`, () => {
    assert.equal(isPublicAddress(address), true)
  })

for (const address of [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.2.1',
  '192.168.1.1',
  '198.19.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:8.8.8.8',
  '::ffff:10.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::808:808',
  '2001::1',
  '100::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  '2001:4860:4860::8888%eth0',
  'ff02::1',
  '2001:db8::1',
  '2002:a00:1::1',
])
  test(`takes ${address} for no address on the internet`, () => {
    assert.equal(isPublicAddress(address), false)
  })

for (const text of ['', 'localhost', '8.8.8', '8.8.8.8 ', '08.8.8.8', '134744072', '8.8.8.8/32', '1'.repeat(100_000)])
  test(`takes ${JSON.stringify(text.slice(0, 20))} for no address at all`, () => {
    assert.equal(isPublicAddress(text), false)
  })
