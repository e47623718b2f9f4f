import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { problemTypes } from './problem-types.ts'

test('has every problem of the framework in the documentation with its status, and no other', async () => {
  const guide = await readFile(new URL('../../docs/endpoints.md', import.meta.url), 'utf8')

  const documented = [...guide.matchAll(/^\| `(endpoint\.\w+)` \| (\d{3}) \|/gm)].map(
    ([, code, status]) => `${code} ${status}`,
  )

  const all = Object.entries(problemTypes).map(([code, { status }]) => `${code} ${status}`)
  assert.deepEqual(documented.toSorted(), all.toSorted())
})
