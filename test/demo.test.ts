import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import * as z from 'zod'
import { root, spawnNode } from './support/adder-process.ts'
import { until } from './support/until.ts'

const Told = z.strictObject({
  event: z.string().regex(/^[0-9a-f]{64}$/),
  ticket: z.object({ key: z.string().regex(/^SEC-\d+$/), url: z.url() }),
  comments: z.array(z.string().min(1)).length(2),
  milliseconds: z.number().positive(),
})

describe('the demo', { concurrency: true }, () => {
  test('shows one alert on its whole way and ends: npm start -- --once --json', async () => {
    const npm = spawn('npm', ['start', '--', '--once', '--json'], {
      cwd: root,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    npm.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })

    const code = await new Promise((resolve) => npm.once('close', resolve))

    assert.equal(code, 0, output)
    const { comments } = Told.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''))
    assert.match(comments.join('\n'), /Mona Lisa/)
  })

  test("shows VirusTotal's answer while the directory is down, then the directory's, and ends on Ctrl-C", async (t) => {
    const { child, ended, output } = spawnNode([
      '--conditions=adder-source',
      path.join(root, 'src/cli/main.ts'),
      'demo',
      '--break',
      'directory',
    ])
    t.after(() => ended)
    t.after(() => child.kill('SIGKILL'))
    const shown = () => stripVTControlCharacters(output())
    const options = { shown, withinMs: 60_000 }
    const known = /60 engines|\/60/
    const found = /Mona Lisa/

    await until("VirusTotal's answer is shown", () => known.test(shown()), options)
    const isEarly = !found.test(shown())
    await until("the directory's answer is shown", () => found.test(shown()), options)
    child.kill('SIGINT')

    assert.deepEqual(
      await until('it has ended', () => Promise.race([ended, Promise.resolve(undefined)]), {
        shown,
        withinMs: 10_000,
      }),
      { code: 0, signal: null },
    )
    assert.ok(isEarly, shown())
  })
})
