import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import { createApp } from '../app.ts'
import { loadProject } from '../config/load-project.ts'
import { createLog } from '../endpoints/log.ts'
import { freePort } from './demo/free-port.ts'
import { findings, type StandIns, type System, startStandIns, systems } from './demo/stand-ins.ts'
import { type Story, tellStory } from './demo/story.ts'
import { shutdownRequested } from './shutdown.ts'
import { version } from './version.ts'

interface DemoOptions {
  once?: boolean
  json?: boolean
  break?: System
}

/** How long a broken system stays down, and how long `--once` waits for the first enriched ticket, in milliseconds. */
const brokenForMs = 15_000
const onceWithinMs = 60_000
const nextAlertAfterMs = 30_000

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Show the whole way of an alert on this machine, with stand-ins for Splunk, Jira, Active Directory and VirusTotal.',
    )
    .option('--once', 'end when the first ticket has its answers: 0, or 1 with the reason')
    .option('--json', 'with --once: print one JSON object as the last line')
    .addOption(new Option('--break <system>', 'have one system down for the first 15 seconds').choices(systems))
    .addHelpText('after', '\nExamples:\n  $ adder demo\n  $ adder demo --once --json\n  $ adder demo --break directory')
    .action(demo)
}

async function demo(options: DemoOptions): Promise<void> {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-demo-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const standIns = await startStandIns(url)
  const story = tellStory({ standIns, quiet: options.json === true })
  const project = await loadProject(talk())
  const app = createApp({ project, dataFolder, log: createLog({ level: 'silent' }), version, observe: story.observe })
  const ended = new AbortController()
  const shutdown = shutdownRequested().then(() => ended.abort())
  try {
    await app.start()
    await app.server.listen({ host: '127.0.0.1', port })
    story.ready(url)
    if (options.break !== undefined) breakFor(options.break, { standIns, story, ended: ended.signal })
    if (options.once) await once({ standIns, story, options })
    else {
      void fireAlerts({ standIns, story, ended: ended.signal })
      await shutdown
      story.stopping()
    }
  } finally {
    ended.abort()
    await app.close()
    await standIns.close()
    rmSync(dataFolder, { recursive: true, force: true })
    if (options.once) process.exit()
  }
}

async function once({
  standIns,
  story,
  options,
}: {
  standIns: StandIns
  story: Story
  options: DemoOptions
}): Promise<void> {
  fire(0, { standIns, story })
  const ticket = await Promise.race([story.firstEnriched, setTimeout(onceWithinMs, undefined, { ref: false })])
  if (ticket === undefined) {
    console.error(`adder: the first ticket has no answers after ${onceWithinMs / 1000} s; ${story.missing()}`)
    process.exitCode = 1
  } else if (options.json) console.log(JSON.stringify(ticket))
}

/** The first alert at once, then another now and then. */
async function fireAlerts({
  standIns,
  story,
  ended,
}: {
  standIns: StandIns
  story: Story
  ended: AbortSignal
}): Promise<void> {
  for (let index = 0; !ended.aborted; index += 1) {
    fire(index, { standIns, story })
    await setTimeout(nextAlertAfterMs, undefined, { signal: ended }).catch(() => undefined)
  }
}

function fire(index: number, { standIns, story }: { standIns: StandIns; story: Story }): void {
  const finding = findings[index % findings.length]
  if (finding === undefined) return
  standIns.splunk.addLog(finding)
  story.fired(finding)
  void standIns.splunk.runNow()
}

function breakFor(
  system: System,
  { standIns, story, ended }: { standIns: StandIns; story: Story; ended: AbortSignal },
): void {
  standIns[system].misbehave({ down: true })
  story.broken(system)
  void setTimeout(brokenForMs, undefined, { signal: ended }).then(
    () => {
      standIns[system].misbehave({})
      story.mended(system)
    },
    () => undefined,
  )
}

/** The talk's project, as source beside this package's source and compiled beside its compiled code. */
function talk(): string {
  const [compiled, source] = ['../examples/talk', '../../examples/talk'].map((folder) =>
    fileURLToPath(new URL(folder, import.meta.url)),
  )
  return compiled !== undefined && existsSync(compiled) ? compiled : (source ?? '')
}
