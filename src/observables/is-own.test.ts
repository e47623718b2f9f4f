import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isOwn } from './is-own.ts'
import type { Observable } from './observables.ts'

const own = { ranges: ['203.0.114.0/24', '198.200.1.7', '2606:4700::/32'], domains: ['Acme.com', 'bücher.ch', 'plant'] }

describe('what is one’s own', () => {
  const always: Observable[] = [
    ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '127.0.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'].map(ip),
    ...['192.0.2.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'].map(ip),
    ...['::', '::1', 'fe80::1', 'fc00::1', 'fd00::1', '2001:db8::1', 'ff02::1', '::ffff:10.0.0.1'].map(ip),
    // Each of these holds an IPv4 address, which may be private.
    ...['64:ff9b::a00:1', '2002:a00:1::', '2001::1'].map(ip),
    ...['db.acme.internal', 'dc1.acme.local', 'nas.lan', 'a.example', 'a.localhost', 'www.example.com'].map(domain),
    ...[
      'http://10.0.0.1/',
      'http://[::1]:8080/',
      'http://intranet/a',
      'https://dc1.acme.local/',
      'http://0x7f000001/',
    ].map(url),
    { kind: 'email', value: 'mlisa@acme.local' },
  ]
  for (const observable of always) {
    test(`is ${observable.value}, whatever the configuration says`, () => {
      assert.equal(isOwn()(observable), true)
    })
  }

  const configured: Observable[] = [
    ...['203.0.114.200', '198.200.1.7', '2606:4700::1111', '::ffff:203.0.114.1'].map(ip),
    ...['acme.com', 'www.acme.com', 'xn--bcher-kva.ch', 'press.plant'].map(domain),
    ...['https://a.b.acme.com/x', 'http://203.0.114.9/', 'https://acme.com./'].map(url),
    { kind: 'email', value: 'mlisa@mail.acme.com' },
  ]
  for (const observable of configured) {
    test(`is ${observable.value} where the configuration says so, and is not where it does not`, () => {
      assert.equal(isOwn(own)(observable), true)
      assert.equal(isOwn()(observable), false)
    })
  }

  const others: Observable[] = [
    ...['8.8.8.8', '203.0.115.1', '198.200.1.8', '2606:4701::1'].map(ip),
    ...['evil.com', 'notacme.com', 'acme.com.evil.net', 'evil.onion'].map(domain),
    ...['https://evil.com/acme.com', 'https://acme.com.evil.net/', 'https://evil.com/?to=10.0.0.1'].map(url),
    { kind: 'email', value: 'acme.com@evil.com' },
    { kind: 'user', value: 'mlisa' },
    { kind: 'md5', value: '9e107d9d372bb6826bd81d3542a419d6' },
    { kind: 'cve', value: 'CVE-2021-44228' },
  ]
  for (const observable of others) {
    test(`is not ${observable.value}`, () => {
      assert.equal(isOwn(own)(observable), false)
    })
  }

  test('is every address of a network, and none beside it', () => {
    const inTen = isOwn({ ranges: ['11.0.0.0/8'] })

    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const isPublic = !isOwn()(ip(address))
        fc.pre(isPublic)
        assert.equal(inTen(ip(address)), address.startsWith('11.'))
        assert.equal(inTen(url(`https://${address}/`)), address.startsWith('11.'))
      }),
    )
  })
})

function ip(value: string): Observable {
  return { kind: 'ip', value }
}

function domain(value: string): Observable {
  return { kind: 'domain', value }
}

function url(value: string): Observable {
  return { kind: 'url', value }
}
