import path from 'node:path'
import type { TestEvent } from 'node:test/reporters'

interface Tally {
  passed: number
  failed: number
  /** Why tests were left out. */
  skipped: string[]
  /** What ran against which version, where its tests say so. */
  notes: Set<string>
}

/**
 * A reporter whose last lines say, file by file, what ran against a real server and what was left out, and why; with it
 * what a test in a suite says by `diagnostic`, such as the server's version.
 */
export default async function* whatRan(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files = new Map<string, Tally>()
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail' && event.type !== 'test:diagnostic') continue
    const { file, nesting } = event.data
    if (file === undefined) continue
    const tally = files.get(file) ?? { passed: 0, failed: 0, skipped: [], notes: new Set() }
    files.set(file, tally)
    if (event.type === 'test:diagnostic') {
      if (nesting > 0) tally.notes.add(event.data.message)
      continue
    }
    const { skip, details } = event.data
    if (details.type === 'suite') continue
    if (skip !== undefined) tally.skipped.push(skip === true ? 'no reason given' : String(skip))
    else if (event.type === 'test:pass') tally.passed += 1
    else tally.failed += 1
  }
  yield '\nAgainst real servers:\n'
  for (const [file, tally] of files) yield `  ${path.basename(file, '.test.ts')}: ${told(tally)}\n`
  if (files.size === 0) yield '  nothing ran\n'
}

function told({ passed, failed, skipped, notes }: Tally): string {
  const parts = [
    passed > 0 && `${passed} passed`,
    failed > 0 && `${failed} FAILED`,
    skipped.length > 0 && `${skipped.length} NOT RUN (${[...new Set(skipped)].join('; ')})`,
  ]
  const against = notes.size > 0 ? ` (${[...notes].join(', ')})` : ''
  return `${parts.filter(Boolean).join(', ')}${against}`
}
