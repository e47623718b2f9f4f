import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { root, spawnNode } from '../support/adder-process.ts'

/** A guard, and how it is switched off in a copy of the source; the product has no switch for it. */
interface Guard {
  edits: readonly { file: string; from: string; to: string }[]
  /** The tests that are to notice. */
  tests: readonly string[]
}

const attempts = 'src/engine/effect-attempts.ts'

const guards: Record<string, Guard> = {
  'find before make': {
    edits: [
      {
        file: attempts,
        from: 'const isDoubtful = making.isInDoubt || wasInterrupted(making, intent)',
        to: 'const isDoubtful = false',
      },
      { file: attempts, from: 'if (making.isInDoubt) return inDoubt', to: 'if (false) return inDoubt' },
      { file: attempts, from: 'if (wasInterrupted(making, intent)) return', to: 'if (false) return' },
      { file: 'src/engine/effects.ts', from: "if (tried.kind === 'unsure') {", to: 'if (false) {' },
    ],
    tests: ['src/engine/effects.test.ts', 'test/killed.test.ts', 'test/broken-systems.test.ts'],
  },
  'event identity': {
    edits: [
      {
        file: 'src/intake/identified-events.ts',
        from: 'eventIdentity(kind, identity)',
        to: 'eventIdentity(kind, [...identity, crypto.randomUUID()])',
      },
    ],
    tests: ['test/once.test.ts', 'test/splunk-hook.test.ts', 'src/intake/intake.test.ts'],
  },
  'overlap rule': {
    edits: [
      // Nobody joins a write, and nobody waits until one can be under way no more.
      { file: 'src/engine/process-memory.ts', from: 'return this.#writes.get(marker) as', to: 'return undefined as' },
      { file: attempts, from: '  const here = memory.underWayMs(marker)', to: '  return 0\n  const here = 0' },
    ],
    tests: ['src/engine/effects.test.ts', 'test/killed.test.ts', 'test/once.test.ts'],
  },
  'present attempt': {
    edits: [{ file: attempts, from: 'if (memory.isShared && ', to: 'if (false && ' }],
    tests: ['src/engine/cluster.test.ts'],
  },
}

await new Command('without-guard')
  .description('Switch a guard off in a copy of the source and show which tests fail.')
  .argument('[guard]', `${Object.keys(guards).join(', ')}; all of them, when left out`)
  .addHelpText('after', "\nExample:\n  $ node --conditions=adder-source test/crash/without-guard.ts 'overlap rule'")
  .action(async (only?: string) => {
    for (const [name, guard] of Object.entries(guards).filter(([name]) => only === undefined || only === name)) {
      const failing = await failingTests(guard)
      console.log(`\nWithout ${name}: ${failing.length} tests fail`)
      for (const each of failing) console.log(`✘ ${each}`)
      if (failing.length === 0) process.exitCode = 1
    }
  })
  .parseAsync()

async function failingTests({ edits, tests }: Guard): Promise<string[]> {
  const copy = mkdtempSync(path.join(tmpdir(), 'adder-without-'))
  try {
    for (const name of ['src', 'test', 'examples', 'package.json'])
      cpSync(path.join(root, name), path.join(copy, name), { recursive: true })
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
    for (const { file, from, to } of edits) edit(path.join(copy, file), { from, to })
    const files = tests.map((file) => path.join(copy, file))
    const running = spawnNode(['--conditions=adder-source', '--test', '--test-reporter=tap', ...files])
    await running.ended
    // A suite's own line has its tests' failures only.
    const lines = running.output().split('\n')
    return lines.flatMap((line, index) =>
      /^ *not ok/.test(line) && !/type: 'suite'/.test(lines.slice(index, index + 5).join())
        ? [line.replace(/^ *not ok \d+ - /, '')]
        : [],
    )
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** A guard that has moved must not be taken for one that nothing notices. */
function edit(file: string, { from, to }: { from: string; to: string }): void {
  const text = readFileSync(file, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`${file} has not exactly one "${from}"`)
  writeFileSync(
    file,
    text.replace(from, () => to),
  )
}
