import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { createLog } from '../endpoints/log.ts'
import { sweepMarks } from './sweep-marks.ts'

function marksIn() {
  const parent = mkdtempSync(path.join(tmpdir(), 'adder-marks-'))
  after(() => rmSync(parent, { recursive: true }))
  const folder = path.join(parent, 'sweeps')
  const lines: string[] = []
  const log = createLog({ destination: { write: (line) => lines.push(line) } })
  return { folder, lines, marks: sweepMarks({ folder, log }) }
}

const mark = { since: '2026-11-25T06:00:00.000Z', done: ['a', 'b'] }

describe('the mark of a sweep', () => {
  test('is not there for a source that was never swept', async () => {
    const { marks, lines } = marksIn()

    assert.equal(await marks.read('splunk'), undefined)
    assert.deepEqual(lines, [])
  })

  test('is read as it was written last, for each source by itself, and by its owner alone', async () => {
    const { marks, folder } = marksIn()

    await marks.write('splunk', { ...mark, done: [] })
    await marks.write('splunk', mark)
    await marks.write('jira', { ...mark, done: ['c'] })

    assert.deepEqual([await marks.read('splunk'), (await marks.read('jira'))?.done], [mark, ['c']])
    assert.equal(statSync(path.join(folder, 'splunk.json')).mode & 0o777, 0o600)
  })

  for (const [what, text] of [
    ['is cut off', '{"since":"2026-11-25T06:00'],
    ['says something else', '{"since":"yesterday","done":[]}'],
  ] as const) {
    test(`that ${what} is taken for none, which is logged`, async () => {
      const { marks, folder, lines } = marksIn()
      await marks.write('splunk', mark)
      writeFileSync(path.join(folder, 'splunk.json'), text)

      assert.equal(await marks.read('splunk'), undefined)
      assert.match(lines.join(''), /the mark of a sweep is lost; it begins at now/)
    })
  }
})
