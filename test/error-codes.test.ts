import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Problem } from '../src/endpoints/problem.ts'
import { problemTypes } from '../src/endpoints/problem-types.ts'
import type { Fault, Next } from '../src/errors/adder-error.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const faultWords: Record<Fault, string> = {
  caller: 'caller',
  config: 'configuration',
  vendor: 'outside system',
  adder: 'adder',
}
const nextWords: Record<Next, string> = { never: 'never', later: 'later', 'back-off': 'growing waits' }

describe('docs/errors.md', () => {
  const page = readFileSync(path.join(root, 'docs/errors.md'), 'utf8')
  const rows = new Map(
    [...page.matchAll(/^\| `([a-z0-9_.]+)` \| ([a-z ]+) \| ([a-z ]+) \| (.+) \|$/gm)].map(
      ([, code = '', who = '', next = '']) => [code, `${who}, ${next}`],
    ),
  )
  const source = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts') && !file.includes('stand-in'))
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
    .join('\n')

  test('lists every code of an error that Adder raises, and no other', () => {
    assert.deepEqual([...rows.keys()].sort(), [...codesIn(source), ...Object.keys(problemTypes)].toSorted())
  })

  test('says who acts and what happens next as the errors themselves do', () => {
    const said = [...errorsIn(source), ...problems()].map(({ code, fault, next }) => [
      code,
      `${faultWords[fault]}, ${nextWords[next]}`,
    ])

    assert.ok(said.length > 30, `only ${said.length} errors were found`)
    assert.deepEqual(
      said.map(([code = '']) => [code, rows.get(code)]),
      said,
    )
  })
})

/** Codes are written out where an error is made, or behind `error.code :` where a thrown value has none of its own. */
function codesIn(source: string): string[] {
  const forms = [/\bcode: '([a-z_]+\.[a-z0-9_]+)'/g, /\.code : '([a-z_]+\.[a-z0-9_]+)'/g]
  const codes = forms.flatMap((form) => [...source.matchAll(form)].map(([, code = '']) => code))
  // The framework's own problems are listed from their table.
  return [...new Set(codes)].filter((code) => !(code in problemTypes))
}

function errorsIn(source: string): { code: string; fault: Fault; next: Next }[] {
  const made = source.matchAll(/code: '([a-z0-9_.]+)',\s*fault: '([a-z]+)',\s*next: '([a-z-]+)'/g)
  // The compiler has checked these words where they stand.
  return [...made].map(([, code = '', fault, next]) => ({ code, fault: fault as Fault, next: next as Next }))
}

function problems(): { code: string; fault: Fault; next: Next }[] {
  return Object.entries(problemTypes).map(([code, { status }]) => new Problem({ status, code, detail: '' }))
}
