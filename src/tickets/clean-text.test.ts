import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanText } from './clean-text.ts'

test('a text keeps its line breaks, tabs and whole characters, and each hostile one is replaced', () => {
  const clean = 'é\t😀\n\u00a0\ufffd'
  assert.equal(cleanText(clean), clean)
  assert.equal(cleanText('a\r\nb\rc'), 'a\nb\nc')
  for (const hostile of ['\u0000', '\u001b', '\u007f', '\u0085', '\ud800', '\udc00', '\ufffe', '\uffff'])
    assert.equal(cleanText(`a${hostile}b`), 'a\ufffdb')
})
