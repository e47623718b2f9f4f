import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { normaliseValue } from './normalise-value.ts'

describe('normaliseValue', () => {
  const same: [string, string][] = [
    ['MLisa', 'mlisa'],
    ['  mlisa\n', 'mlisa'],
    ['44D88612FEA8A8F36DE82E1278ABB02F', '44d88612fea8a8f36de82e1278abb02f'],
    ['hxxps://evil[.]example/a', 'https://evil.example/a'],
    ['hXXp[://]evil(dot)example', 'http://evil.example/'],
    ['http[:]//evil.example', 'http://evil.example/'],
    ['http://evil.example', 'http://evil.example/'],
    ['evil.com.', 'evil.com'],
    ['Bücher.ch', 'xn--bcher-kva.ch'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2[.]1', '192.0.2.1'],
    ['192\\.0\\.2\\.1', '192.0.2.1'],
    ['mlisa (at) acme [dot] example', 'mlisa@acme.example'],
    ['mlisa[@]acme.example', 'mlisa@acme.example'],
    ['ACME\\mlisa', 'acme\\mlisa'],
    ['ｍｌｉｓａ', 'mlisa'],
  ]
  for (const [written, expected] of same) {
    test(`takes ${JSON.stringify(written)} for ${expected}`, () => {
      assert.equal(normaliseValue(written), expected)
    })
  }

  test('changes nothing that it has made', () => {
    for (const [written] of same) assert.equal(normaliseValue(normaliseValue(written)), normaliseValue(written))
  })
})
