import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { kill } from 'node:process'
import { test } from 'node:test'
import { dataFolder } from '../../test/engine/data-folder.ts'
import type { QuotaOptions } from '../../test/engine/quota-programs.ts'
import { startChild } from '../../test/engine/start-child.ts'
import { testEvent } from '../../test/engine/start-test-engine.ts'
import { until } from '../../test/support/until.ts'

const module = new URL('../../test/engine/quota-programs.ts', import.meta.url).href
const questions = 12

test('a quota is kept and every question answered, although process and engine are killed again and again', async (t) => {
  const folder = dataFolder(t)
  const extra: QuotaOptions = {
    requestsFile: path.join(folder, 'requests'),
    answersFile: path.join(folder, 'answers'),
  }
  const requests = () => linesOf(extra.requestsFile) as { input: number; at: number }[] // the program writes these
  let child = await startChild(folder, module, { extra })
  await Promise.all(Array.from({ length: questions }, (_, input) => child.accept(testEvent('ask', input))))

  for (let round = 0; round < 3; round += 1) {
    const before = requests().length
    await until('something is asked', () => requests().length > before)
    if (round === 1) kill(child.enginePid, 'SIGKILL')
    await child.kill()
    child = await startChild(folder, module, { extra })
  }
  const answers = () => new Set(linesOf(extra.answersFile).map((line) => JSON.stringify(line)))
  await until('all is answered', () => answers().size === questions, { withinMs: 60_000 })

  const most = Math.max(...requests().map(({ at }) => requests().filter((each) => isWithinSecond(at, each)).length))
  assert.ok(most <= 3, `${most} requests within a second`)
  assert.deepEqual(answers(), new Set(requests().map(({ input }) => JSON.stringify({ kind: 'found', value: input }))))
  t.diagnostic(`${requests().length} requests for ${questions} questions`)
})

function isWithinSecond(from: number, { at }: { at: number }): boolean {
  return at >= from && at < from + 1000
}

function linesOf(file: string): unknown[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}
