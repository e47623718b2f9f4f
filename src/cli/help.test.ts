import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command } from 'commander'
import { adderProcess } from '../../test/cli/adder-process.ts'
import { commands } from './commands.ts'

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (written) => {
      text += written
    },
    getOutHelpWidth: () => 80,
  })
  command.outputHelp()
  return text
}

describe('the help', () => {
  const program = commands()
  for (const command of [program, ...program.commands]) {
    test(`of ${command.name()} fits 80 columns, and is as it was agreed on`, (t) => {
      const text = helpOf(command)

      const wide = text.split('\n').filter((line) => line.length > 80)
      assert.deepEqual(wide, [])
      assert.match(text, /^Examples?:\n {2}\$ adder /m)
      t.assert.snapshot(text, { serializers: [String] })
    })
  }
})

test('adder alone shows its help', async (t) => {
  const adder = adderProcess(t, [])

  assert.equal(await adder.ended, 0)
  assert.match(adder.stdout(), /^Usage: adder/)
})

test('adder help shows the help, and that of a command', async (t) => {
  const [all, one] = [[], ['runs']].map((more) => adderProcess(t, ['help', ...more]))

  assert.ok(all && one)
  assert.deepEqual([await all.ended, await one.ended], [0, 0])
  assert.match(all.stdout(), /^Usage: adder \[/)
  assert.match(one.stdout(), /^Usage: adder runs /)
})

for (const command of ['deliveries', 'runs', 'pause'])
  test(`adder ${command} alone asks the running server for its list`, async (t) => {
    const adder = adderProcess(t, [command, '--data', 'nowhere'])

    assert.equal(await adder.ended, 1)
    assert.match(adder.stderr(), /^adder: No Adder runs on the data folder nowhere\./)
  })

describe('a wrong command line is told what is wrong, and ends with 1', () => {
  const wrong: [string[], RegExp][] = [
    [['stat'], /^adder: unknown command 'stat'\n\(Did you mean start\?\)\nAdd --help to see how it is used\.\n$/],
    [['start', '--prot', '80'], /^adder: unknown option '--prot'\n\(Did you mean --port\?\)/],
    [
      ['start', '--port', '99999'],
      /^adder: option '-p, --port <port>' argument '99999' is invalid\. A port is a number/,
    ],
    [['start', '--log-level', 'loud'], /^adder: .* Allowed choices are debug, info, warn, error\./],
    [['demo', '--break', 'github'], /^adder: .* Allowed choices are splunk, jira, directory, virustotal\./],
    [['demo', '--tour', '--break', 'jira'], /^adder: option '--tour' cannot be used with option '--break <system>'/],
    [['pause', 'foo'], /^adder: unknown command 'foo'\nThere are ls, automation, connector, all\.\nAdd --help/],
    [['check', 'soc'], /^adder: too many arguments for 'check'/],
  ]
  for (const [args, said] of wrong) {
    test(`adder ${args.join(' ')}`, async (t) => {
      const adder = adderProcess(t, args)

      assert.equal(await adder.ended, 1)
      assert.match(adder.stderr(), said)
      assert.equal(adder.stdout(), '')
    })
  }
})
