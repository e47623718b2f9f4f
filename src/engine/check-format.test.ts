import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { dataFolder } from '../../test/engine/data-folder.ts'
import { checkFormat } from './check-format.ts'
import { DataFolderTooNew } from './engine-errors.ts'
import { acquireLock } from './lock.ts'
import { ownFolder } from './own-folder.ts'

for (const { text, is } of [
  { text: undefined, is: 'from before there was a mark' },
  { text: '', is: 'whose mark a full disk cut off' },
  { text: '1\n', is: 'of this Adder' },
])
  test(`a folder ${is} is taken, and marked`, (t) => {
    const folder = dataFolder(t)
    if (text !== undefined) writeFileSync(path.join(folder, 'format'), text)

    checkFormat(folder)

    assert.equal(readFileSync(path.join(folder, 'format'), 'utf8').trim(), '1')
  })

for (const text of ['2', '1000', 'something else'])
  test(`a folder of format ${text} is refused and left as it is, and others may own it`, (t) => {
    const folder = dataFolder(t)
    const file = path.join(folder, 'format')
    writeFileSync(file, text)

    assert.throws(() => ownFolder(folder), DataFolderTooNew)

    assert.equal(readFileSync(file, 'utf8'), text)
    acquireLock(folder).release()
  })
