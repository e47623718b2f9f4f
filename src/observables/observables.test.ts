import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { hostileTexts } from '../../test/support/hostile-texts.ts'
import { normaliseValue } from '../history/normalise-value.ts'
import { canonicalIp } from './canonical-value.ts'
import {
  boundedObservablesIn,
  boundedObservablesOf,
  type Observable,
  observablesIn,
  observablesOf,
} from './observables.ts'

const md5 = '9e107d9d372bb6826bd81d3542a419d6'
const sha1 = '0c5f7e2a1d8b9c6e4f3a2b1c0d9e8f7a6b5c4d3e'
const sha256 = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f'

describe('the observables of an alert', () => {
  const userFields = [
    'user',
    'User',
    'username',
    'user_name',
    'src_user',
    'dest_user',
    'account',
    'Account_Name',
    'sAMAccountName',
  ]
  for (const field of userFields) {
    test(`hold the user in "${field}"`, () => {
      assert.deepEqual(observablesOf({ [field]: ' mlisa ' }), [{ kind: 'user', value: 'mlisa' }])
    })
  }

  test('hold hashes in any field, in small letters, by their length', () => {
    const alert = { a: md5.toUpperCase(), b: [`two: ${sha1}, ${sha256}.`], c: { d: { e: `md5=${md5}` } } }

    assert.deepEqual(observablesOf(alert), [
      { kind: 'md5', value: md5 },
      { kind: 'sha1', value: sha1 },
      { kind: 'sha256', value: sha256 },
    ])
  })

  const noHashes = [`${md5}0`, `x${md5}`, `${md5}z`, md5.slice(1), `${sha1}a`, `${sha256}${sha256}`, `g${sha256}`]
  for (const text of noHashes) {
    test(`hold no hash in "${text.slice(0, 34)}…", ${text.length} characters`, () => {
      assert.deepEqual(observablesOf({ text }), [])
    })
  }

  test('hold each value once, and every user of a list', () => {
    const alert = { user: ['mlisa', 'dgray', 'mlisa'], src_user: 'dgray', raw: `${md5} ${md5}` }

    assert.deepEqual(observablesOf(alert), [
      { kind: 'user', value: 'mlisa' },
      { kind: 'user', value: 'dgray' },
      { kind: 'md5', value: md5 },
    ])
  })

  test('hold 20 of one kind at most, and no user that is longer than 256 characters', () => {
    const users = Array.from({ length: 30 }, (_, index) => `user${index}`)

    assert.equal(observablesOf({ user: users }).length, 20)
    assert.deepEqual(observablesOf({ user: ['x'.repeat(257), '', ' '] }), [])
  })

  test('are counted beyond the 20, each value once and each kind for itself', () => {
    const users = Array.from({ length: 30 }, (_, index) => `user${index}`)
    const hashes = Array.from({ length: 21 }, (_, index) => index.toString(16).padStart(32, '0'))

    const inAlert = boundedObservablesOf({ user: [...users, ...users], raw: hashes.join(' ') })
    const inText = boundedObservablesIn(hashes.join(' '))
    const few = boundedObservablesOf({ user: users.slice(0, 20) })

    assert.equal(inAlert.observables.length, 40)
    assert.deepEqual(
      inAlert.more,
      new Map([
        ['user', 10],
        ['md5', 1],
      ]),
    )
    assert.deepEqual(inText.more, new Map([['md5', 1]]))
    assert.deepEqual(few.more, new Map())
  })

  test('are not looked for below 32 levels', () => {
    const nested = (levels: number): unknown => (levels === 0 ? { user: 'mlisa' } : [nested(levels - 1)])

    assert.equal(observablesOf(nested(30)).length, 1)
    assert.equal(observablesOf(nested(40)).length, 0)
  })

  test('are none in what is no object, or holds nothing of interest', () => {
    for (const alert of [undefined, null, 5, true, {}, [], { user: 5, other: null }]) {
      assert.deepEqual(observablesOf(alert), [])
    }
  })
})

describe('addresses, domains, URLs, e-mail addresses and CVEs', () => {
  const texts: [string, string, Record<string, string[]>][] = [
    ['an address with its port', 'src=192.0.2.1:443, dst 10.0.0.1.', { ip: ['192.0.2.1', '10.0.0.1'] }],
    ['IPv6 in its shortest form', '[2001:DB8:0:0::1]:443 and ip:fe80::1%eth0', { ip: ['2001:db8::1', 'fe80::1'] }],
    ['IPv4 that is written as IPv6', '::ffff:192.0.2.1', { ip: ['192.0.2.1'] }],
    [
      'no address in times, versions and code',
      '12:30:45 Chrome/120.0.0.0 std::string dead::beef 00:1a:2b:3c:4d:5e',
      {},
    ],
    ['no address that is none', '256.1.1.1 1.2.3 1.2.3.4.5 010.0.0.1', {}],
    [
      'domains by their public suffix',
      'EVIL.com, a.b.co.uk. x.github.io',
      { domain: ['evil.com', 'a.b.co.uk', 'x.github.io'] },
    ],
    [
      'domains that are reserved',
      'db.acme.internal dc1.acme.local',
      { domain: ['db.acme.internal', 'dc1.acme.local'] },
    ],
    ['a domain in other letters, in ASCII', 'bücher.ch BÜCHER.CH', { domain: ['xn--bcher-kva.ch'] }],
    [
      'what follows a slash',
      'net/evil.com GET/192.0.2.1:80 1/192.0.2.2',
      { domain: ['evil.com'], ip: ['192.0.2.1', '192.0.2.2'] },
    ],
    ['no domain in a suffix, a file or a package', 'co.uk setup.exe readme.md archive.zip com.acme.Tool a..com', {}],
    ['a file’s suffix in a URL', 'http://invoice.zip/', { url: ['http://invoice.zip/'], domain: ['invoice.zip'] }],
    [
      'URLs without what ends the sentence',
      '(see http://evil.com/a_(b)). "https://evil.com/?q=1#x", http://evil.com/c,http://evil.com/d;',
      {
        url: ['http://evil.com/a_(b)', 'https://evil.com/?q=1#x', 'http://evil.com/c', 'http://evil.com/d'],
        domain: ['evil.com'],
      },
    ],
    [
      'a URL without the password in it, and its host',
      'https://acme.com:s3cret@192.0.2.1:8443/a',
      { url: ['https://192.0.2.1:8443/a'], ip: ['192.0.2.1'] },
    ],
    ['an address in any spelling of a URL', 'http://0x7f000001/', { url: ['http://127.0.0.1/'], ip: ['127.0.0.1'] }],
    ['a URL without a domain', 'http://intranet/a', { url: ['http://intranet/a'] }],
    ['no other scheme', 'javascript:alert(1) file:///etc/passwd http:// https://', {}],
    [
      'e-mail addresses and their domains',
      'From: "M" <MLisa+x@Acme.com>, mailto:a.b@acme.co.uk; nobody@nowhere',
      { email: ['mlisa+x@acme.com', 'a.b@acme.co.uk'], domain: ['acme.com', 'acme.co.uk'] },
    ],
    ['CVEs', 'cve-2021-44228, CVE‑2024‑3094; CVE-21-1 XCVE-2021-1234', { cve: ['CVE-2021-44228', 'CVE-2024-3094'] }],
    [
      'what is defanged',
      'hxxps[://]evil[.]com/a, hXXp://evil(dot)net and h**p[:]//192.0.2[.]1; mlisa (at) acme [dot] com 192\\.0\\.2\\.2',
      {
        url: ['https://evil.com/a', 'http://evil.net/', 'http://192.0.2.1/'],
        domain: ['evil.com', 'evil.net', 'acme.com'],
        ip: ['192.0.2.1', '192.0.2.2'],
        email: ['mlisa@acme.com'],
      },
    ],
  ]
  for (const [what, text, expected] of texts) {
    test(`hold ${what}`, () => {
      assert.deepEqual(byKind(observablesIn(text)), expected)
      assert.deepEqual(byKind(observablesOf({ deep: [{ down: text }] })), expected)
    })
  }

  test('hold what is defanged in one way alone, whichever it is', () => {
    const dots = ['[.]', '(.)', '{.}', '[dot]', '(DOT)', ' {dot} ', '\\.']
    const ats = ['[@]', '(@)', ' [at] ', '(AT)', '{at}']
    const schemes = ['hxxps://', 'HXXPS://', 'h**ps://', 'https[:]//', 'https[://]', 'https:[/]/']

    for (const dot of dots) assert.deepEqual(observablesIn(`evil${dot}com`), [{ kind: 'domain', value: 'evil.com' }])
    for (const at of ats) assert.equal(observablesIn(`mlisa${at}acme.com`)[0]?.value, 'mlisa@acme.com')
    for (const scheme of schemes) assert.equal(observablesIn(`${scheme}intranet/`)[0]?.value, 'https://intranet/')
  })

  test('hold the e-mail address that a user’s field has, and no domain that a user’s name looks like', () => {
    assert.deepEqual(byKind(observablesOf({ user: 'mlisa@acme.com', account: 'j.me' })), {
      user: ['mlisa@acme.com', 'j.me'],
      email: ['mlisa@acme.com'],
      domain: ['acme.com'],
    })
  })

  test('hold no URL that is longer than 2,048 characters, and its host', () => {
    assert.deepEqual(observablesIn(`http://evil.com/${'a'.repeat(2048)}`), [{ kind: 'domain', value: 'evil.com' }])
  })

  const addresses = fc.oneof(fc.ipV4(), fc.ipV6())
  const hosts = fc.tuple(fc.domain(), fc.constantFrom('com', 'co.uk', 'io')).map((parts) => parts.join('.'))
  const between = fc.constantFrom(' ', '\n', ', ', '; ', ' | ', '" "', ') (')

  test('are found whatever stands around them', () => {
    fc.assert(
      fc.property(addresses, hosts, between, (ip, host, space) => {
        // Without a digit it is more likely a name in a program: `ab::cd`.
        fc.pre(/\d/.test(ip))
        const found = observablesIn(['x', ip, host, `http://${host}/a`, `mlisa@${host}`, 'y'].join(space))

        const values = found.map(({ value }) => value)
        assert.ok(values.includes(canonicalIp(ip) ?? ''), `${ip} is not in ${values}`)
        for (const value of [host, `http://${host}/a`, `mlisa@${host}`])
          assert.ok(values.includes(value), `${value} is not in ${values}`)
      }),
    )
  })

  test('are the same in a text as it is defanged', () => {
    fc.assert(
      fc.property(fc.ipV4(), hosts, (ip, host) => {
        const text = `${ip} ${host} http://${host}/a mlisa@${host}`
        const defanged = text.replaceAll('.', '[.]').replaceAll('http', 'hxxp').replaceAll('@', ' (at) ')

        assert.deepEqual(observablesIn(defanged), observablesIn(text))
      }),
    )
  })

  test('have one form: what is found is found again in itself, and what the history compares is that form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), hosts, (text, host) => {
        for (const observable of observablesIn(`${text} ${host} http://${host}/${text}`)) {
          if (observable.kind === 'user') continue
          assert.ok(
            observablesIn(observable.value).some(
              ({ kind, value }) => kind === observable.kind && value === observable.value,
            ),
            `${observable.kind} ${observable.value}`,
          )
          assert.equal(normaliseValue(observable.value), observable.value.toLowerCase())
        }
      }),
      { numRuns: 1000 },
    )
  })
})

function byKind(observables: Observable[]): Record<string, string[]> {
  const kinds = Map.groupBy(observables, ({ kind }) => kind)
  return Object.fromEntries([...kinds].map(([kind, found]) => [kind, found.map(({ value }) => value)]))
}

describe('the observables in a text', () => {
  test('hold users on lines of their own and hashes anywhere', () => {
    const text = `Hello,\nUser: mlisa\n| account | dgray |\n*username* = ghopper, please\nthe user told me\n${md5}`

    assert.deepEqual(observablesIn(text), [
      { kind: 'user', value: 'mlisa' },
      { kind: 'user', value: 'dgray' },
      { kind: 'user', value: 'ghopper' },
      { kind: 'md5', value: md5 },
    ])
  })

  test('are found in time in proportion to a hostile text of a megabyte', () => {
    for (const { name, text } of hostileTexts()) {
      const startedAt = performance.now()
      observablesIn(text)
      const ms = performance.now() - startedAt

      // Quadratic work on a megabyte takes minutes; the bound leaves room for a busy machine.
      assert.ok(ms < 5000, `${name} took ${ms} ms`)
    }
  })
})
