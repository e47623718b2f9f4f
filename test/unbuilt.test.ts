import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { runProgram } from './package/program.ts'
import { root } from './support/adder-process.ts'

test('a checkout that is not built yet says how it is', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const part of ['bin', 'package.json'])
    cpSync(path.join(root, part), path.join(folder, part), { recursive: true })

  const { output } = await runProgram(process.execPath, [path.join(folder, 'bin/adder.js')], { cwd: folder })

  assert.equal(output, 'adder: is not built yet; run `npm run build` in its folder\n')
})
