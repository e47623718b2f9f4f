import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { adderProcess, projectFolder } from '../../test/cli/adder-process.ts'

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('adder demo', () => {
  test('--json prints one object with the first ticket and its answers, and ends with 0', async (t) => {
    const adder = adderProcess(t, ['demo', '--json'])

    assert.equal(await adder.ended, 0, adder.stderr())
    const told = JSON.parse(adder.stdout())
    assert.equal(adder.stdout().trimEnd().split('\n').length, 1)
    assert.deepEqual(Object.keys(told), ['event', 'ticket', 'comments', 'milliseconds'])
    assert.match(told.event, /^[0-9a-f]{64}$/)
    assert.equal(told.ticket.key, 'SEC-1')
    assert.equal(told.comments.length, 2)
    assert.ok(told.comments.some((comment: string) => comment.includes('Mona Lisa')))
    assert.ok(told.comments.some((comment: string) => comment.includes('0/60')))
    assert.ok(Number.isInteger(told.milliseconds))
  })

  test('tells what happens in lines of 80 columns, and ends on Ctrl-C within three seconds', async (t) => {
    const adder = adderProcess(t, ['demo'])
    const { child } = adder
    while (!adder.stdout().includes('has its answers')) {
      assert.ok(child.exitCode === null && child.stdout !== null, adder.stderr())
      await once(child.stdout, 'data')
    }

    const askedAt = performance.now()
    child.kill('SIGINT')
    const code = await adder.ended
    const ms = performance.now() - askedAt

    assert.equal(code, 0)
    assert.ok(ms < 3000, `took ${ms} ms`)
    const text = adder.stdout()
    for (const said of [
      /Tickets {2}http:\/\/127\.0\.0\.1:\d+\n/,
      /Splunk alert: user mlisa, file 9e107d9d372bb6826bd81d3542a419d6\n/,
      /SEC-1 opened: MockScan: mlisa\n/,
      /SEC-1 · VirusTotal: 0 of 60 engines find setup\.exe malicious\n/,
      /SEC-1 · Active Directory: mlisa is Mona Lisa, Portrait, Art, Paris\n/,
      /Stopped\. The tickets and all else of this demo are gone\.\n$/,
    ]) {
      assert.match(text, said)
    }
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 80),
      [],
    )
  })

  test('leaves no folder and no engine behind when Ctrl-C is pressed twice', async (t) => {
    const temporary = projectFolder(t, {})
    const adder = adderProcess(t, ['demo'], { TMPDIR: temporary })
    const { child } = adder
    assert.ok(child.stdout)
    await once(child.stdout, 'data')
    const [folder = ''] = readdirSync(temporary).filter((name) => name.startsWith('adder-demo-'))
    const enginePid = Number(readFileSync(path.join(temporary, folder, 'engine.pid'), 'utf8'))

    child.kill('SIGINT')
    // The story may go on before it says so; two signals at once would be one.
    while (!adder.stdout().includes('Stopping')) await once(child.stdout, 'data')
    child.kill('SIGINT')

    assert.equal(await adder.ended, 130)
    assert.ok(!existsSync(path.join(temporary, folder)))
    // Nobody may have asked for its end yet.
    while (isRunning(enginePid)) await new Promise(setImmediate)
  })

  test('ends by itself when nobody reads along any more', async (t) => {
    const adder = adderProcess(t, ['demo'])
    const { child } = adder
    assert.ok(child.stdout)
    await once(child.stdout, 'data')

    child.stdout.destroy()

    assert.equal(await adder.ended, 0)
    assert.equal(adder.stderr(), '')
  })
})
