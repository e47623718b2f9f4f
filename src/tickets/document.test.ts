import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { code, facts, heading, jsonBlock, link, paragraph, plainText, strong } from './document.ts'

describe('facts', () => {
  test('are a line for each name, with lists joined and numbers and booleans as text', () => {
    const table = facts({ Name: 'Mona Lisa', Groups: ['Art', 'VPN'], Positives: 0, Locked: false })

    assert.deepEqual(table, {
      kind: 'table',
      rows: [
        [strong('Name'), 'Mona Lisa'],
        [strong('Groups'), 'Art, VPN'],
        [strong('Positives'), '0'],
        [strong('Locked'), 'false'],
      ],
    })
  })

  test('leave out what is not known', () => {
    assert.deepEqual(facts({ Company: undefined }), { kind: 'table', rows: [] })
  })

  test('keep links and strong text', () => {
    const report = link('https://files.example/1', 'Report')

    assert.deepEqual(facts({ Report: report, Verdict: strong('bad') }), {
      kind: 'table',
      rows: [
        [strong('Report'), report],
        [strong('Verdict'), strong('bad')],
      ],
    })
  })
})

describe('a link', () => {
  test('shows its address where it has no text', () => {
    assert.deepEqual(link('https://files.example/1'), {
      kind: 'link',
      url: 'https://files.example/1',
      text: 'https://files.example/1',
    })
  })

  test('goes to web addresses only, and shows any other as text', () => {
    assert.equal(link('javascript:alert(1)'), 'javascript:alert(1)')
    assert.equal(link('file:///etc/passwd', 'Report'), 'Report (file:///etc/passwd)')
    assert.equal(link('/relative'), '/relative')
    assert.equal(link(''), '')
    assert.equal(typeof link('HTTP://files.example'), 'object')
  })
})

describe('the plain text of a document', () => {
  test('has a line for each block and each row of a table', () => {
    const document = [
      heading('VirusTotal: 9e10'),
      paragraph('See ', link('https://files.example/1', 'the report'), ', ', strong('now')),
      facts({ File: 'setup.exe', Positives: '0/60' }),
      { kind: 'table', header: ['User', 'Host'], rows: [['mlisa', 'laptop']] } as const,
      code('SELECT 1', 'sql'),
    ]

    assert.equal(
      plainText(document),
      'VirusTotal: 9e10\nSee the report, now\nFile: setup.exe\nPositives: 0/60\nUser: Host\nmlisa: laptop\nSELECT 1',
    )
  })

  test('is empty for an empty document', () => {
    assert.equal(plainText([]), '')
  })
})

test('a value is shown as indented JSON', () => {
  assert.deepEqual(jsonBlock({ a: [1] }), {
    kind: 'code',
    text: '{\n  "a": [\n    1\n  ]\n}',
    language: 'json',
  })
})
