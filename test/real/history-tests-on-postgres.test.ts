import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Postgres, postgresPrograms, startPostgres } from './postgres.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const skip = postgresPrograms() === undefined && !process.env.CI && 'NO POSTGRESQL: apt-get install postgresql'
/** What needs a history, but for what is about a file. */
const files = globSync(
  ['src/history/*.test.ts', 'src/app-records.test.ts', 'test/history.test.ts', 'test/steering.test.ts'],
  { cwd: root },
)
  .filter((file) => /openTestHistory|testHistoryConfig/.test(readFileSync(path.join(root, file), 'utf8')))
  .filter((file) => !file.endsWith('sqlite-store.test.ts'))
  .toSorted()

let server: Postgres | undefined
before(async () => {
  if (skip === false) server = await startPostgres()
})
after(() => server?.stop())

test('there are tests of the history', () => assert.ok(files.length >= 4, files.join(', ')))

for (const file of files) {
  test(`${file} passes with its histories in PostgreSQL`, { skip }, async () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const child = spawn(process.execPath, ['--conditions=adder-source', path.join(root, file)], {
      env: { ...env, ADDER_TEST_POSTGRES: server?.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })

    const [code] = await once(child, 'close')

    assert.equal(code, 0, output)
  })
}
