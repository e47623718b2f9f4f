import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import path from 'node:path'
import { describe, test } from 'node:test'
import { parse, type Token, tokTypes } from 'acorn'
import { checkSync } from 'recheck'
import { root } from './support/adder-process.ts'

interface Found {
  /** `src/history/page.ts:12` */
  at: string
  pattern: string
  flags: string
}

/**
 * Steps are counted, and time is not, so that a busy machine comes to the same result. One may be looked at for two
 * minutes; none takes a second on a machine with nothing else to do.
 */
const counted = { timeout: 120_000, incubationTimeout: null, attackTimeout: null }

describe('the regular expressions of src', () => {
  const found = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => expressionsIn(file, readFileSync(path.join(root, file), 'utf8')))

  test('take time in proportion to the text, also where somebody means them harm', { timeout: 300_000 }, () => {
    const distinct = new Map(found.map((each) => [`/${each.pattern}/${each.flags}`, each]))
    const faults = [...distinct].map(([shown, each]) => fault(shown, each)).filter((each) => each !== undefined)

    assert.ok(distinct.size > 80, `only ${distinct.size} were found`)
    assert.deepEqual(faults, [])
  })

  test('are found wherever they stand, and the harmful ones among them', () => {
    const text =
      'const a: RegExp = /a+b/g\nfunction f(x: string) {\n  return x.replace(/(a|a)*$/, String(4 / 2 / 1))\n}'

    const [harmless, harmful, ...more] = expressionsIn('a.ts', text)

    assert.deepEqual([harmless, harmful?.at, more], [{ at: 'a.ts:1', pattern: 'a+b', flags: 'g' }, 'a.ts:3', []])
    assert.match(fault('/(a|a)*$/', harmful as Found) ?? '', /^a\.ts:3: \/\(a\|a\)\*\$\/ is exponential/) // found above
  })
})

/** Those that are written out; one that is put together from parts is not known before it is used. */
function expressionsIn(file: string, text: string): Found[] {
  const found: Found[] = []
  // Types become spaces, so that each line keeps its number.
  parse(stripTypeScriptTypes(text), {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
    onToken(token) {
      if (token.type !== tokTypes.regexp) return
      const { value, loc } = token as Token & { value: { pattern: string; flags: string } } // such a token has both
      found.push({ at: `${file}:${loc?.start.line}`, pattern: value.pattern, flags: value.flags })
    },
  })
  return found
}

function fault(shown: string, { at, pattern, flags }: Found): string | undefined {
  const checked = checkSync(pattern, flags, counted)
  if (checked.status === 'safe') return undefined
  return `${at}: ${shown} is ${checked.status === 'vulnerable' ? checked.complexity.summary : 'not understood'}`
}
