/**
 * An `ansible-playbook` that plays five modules on hosts with `ansible_connection=local`, of playbooks that are JSON (as
 * YAML may be). As the real one it ends with 1 where a limit means no host, 2 where a task failed or an option is
 * unknown, 4 where a host is unreachable or a file can't be read; it fills templates in, also in variables that are not
 * `!unsafe`, and tells the recap to a callback plugin that it is given.
 *
 * Not as the real one: it ends with 3 where variables that may be secrets can be read by others.
 *
 * https://docs.ansible.com/ansible/latest/cli/ansible-playbook.html, and what ansible-core 2.14.18 did (November 2026)
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'

type Task = { name: string } & Record<string, unknown>
type Counts = Record<'ok' | 'changed' | 'failures' | 'unreachable' | 'skipped' | 'rescued' | 'ignored', number>

const { inventory, limit, check, file, playbook } = options()
const unsafe = new Set<string>()
const variables = readVariables(file)
const plays = readPlaybook(playbook)
const hosts = limited(readInventory(inventory), limit)
const recap: Record<string, Counts> = {}

for (const { tasks } of plays) for (const [host, isLocal] of hosts) await playOn(host, isLocal, tasks)
if (hosts.length === 0) say('skipping: no hosts matched')
say('PLAY RECAP *********')
for (const [host, { ok, changed, unreachable, failures }] of Object.entries(recap))
  say(`${host} : ok=${ok} changed=${changed} unreachable=${unreachable} failed=${failures}`)
tellRecap()
const all = Object.values(recap)
process.exit(all.some(({ failures }) => failures > 0) ? 2 : all.some(({ unreachable }) => unreachable > 0) ? 4 : 0)

async function playOn(host: string, isLocal: boolean, tasks: readonly Task[]): Promise<void> {
  const counts: Counts = { ok: 0, changed: 0, failures: 0, unreachable: 0, skipped: 0, rescued: 0, ignored: 0 }
  recap[host] = counts
  for (const { name, ...modules } of tasks) {
    say(`TASK [${name}] *********`)
    if (!isLocal) {
      counts.unreachable += 1
      say(`fatal: [${host}]: UNREACHABLE! => {"msg": "Failed to connect to the host via ssh", "unreachable": true}`)
      return
    }
    const [[module, given] = ['', {}]] = Object.entries(modules)
    const outcome = await run(module, filled(given as Record<string, string>, host)) // a module's parameters are texts here
    if (outcome.failed) {
      counts.failures += 1
      say(`fatal: [${host}]: FAILED! => ${JSON.stringify(outcome)}`)
      return
    }
    if (outcome.skipped) counts.skipped += 1
    else counts.ok += 1
    if (outcome.changed) counts.changed += 1
    say(`${outcome.changed ? 'changed' : 'ok'}: [${host}] => ${JSON.stringify(outcome)}`)
  }
}

interface Outcome {
  msg?: string
  changed?: boolean
  failed?: boolean
  skipped?: boolean
}

async function run(module: string, given: Record<string, string>): Promise<Outcome> {
  const { msg = '', dest = '', content = '', path: awaited = '', cmd = '' } = given
  switch (module) {
    case 'ansible.builtin.debug':
      return { msg }
    case 'ansible.builtin.fail':
      return { failed: true, msg }
    case 'ansible.builtin.copy': {
      const changed = !existsSync(dest) || readFileSync(dest, 'utf8') !== content
      if (changed && !check) writeFileSync(dest, content)
      return { changed }
    }
    case 'ansible.builtin.wait_for':
      while (!check && !existsSync(awaited)) await setTimeout(20)
      return check ? { skipped: true } : {}
    case 'ansible.builtin.shell':
      if (check) return { skipped: true }
      return spawnSync('/bin/sh', ['-c', cmd]).status === 0
        ? { changed: true }
        : { failed: true, msg: 'non-zero return code' }
    default:
      return end(4, `couldn't resolve module/action '${module}'`)
  }
}

function filled(given: Record<string, string>, host: string): Record<string, string> {
  const value = (name: string): string => {
    if (name === 'inventory_hostname') return host
    const known = variables[name]
    if (known === undefined) return end(2, `'${name}' is undefined`)
    return known.includes('{{') && !unsafe.has(name) ? 'A TEMPLATE WAS FILLED IN' : known
  }
  const fill = (text: string) => text.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => value(name))
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, fill(String(text))]))
}

function options() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        inventory: { type: 'string' },
        limit: { type: 'string' },
        'extra-vars': { type: 'string' },
        check: { type: 'boolean', default: false },
        version: { type: 'boolean' },
      },
    })
    if (values.version) {
      say('ansible-playbook [core 2.14.18]')
      process.exit(0)
    }
    const { inventory = '', limit = '', check, 'extra-vars': extra = '' } = values
    return { inventory, limit, check, file: extra.replace(/^@/, ''), playbook: positionals[0] ?? '' }
  } catch (error) {
    return end(2, `usage: ansible-playbook: error: ${error instanceof Error ? error.message : error}`)
  }
}

function readVariables(name: string): Record<string, string> {
  if (!existsSync(name)) return end(1, `${name} can't be read`)
  if ((statSync(name).mode & 0o077) !== 0) return end(3, `${name} can be read by others`)
  const entries = readFileSync(name, 'utf8')
    .split('\n')
    .map((line) => /^"(\w+)": (!unsafe )?(.*)$/.exec(line))
    .filter((match) => match !== null)
  return Object.fromEntries(
    entries.map(([, variable = '', tag, value = '']) => {
      if (tag !== undefined) unsafe.add(variable)
      return [variable, value.startsWith('"') ? unescaped(value) : value]
    }),
  )
}

function unescaped(value: string): string {
  const json = value.replace(/\\U([0-9a-f]{8})/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
  return String(JSON.parse(json))
}

function readPlaybook(name: string): { tasks: Task[] }[] {
  if (!existsSync(name)) return end(1, `the playbook: ${name} could not be found`)
  try {
    return JSON.parse(readFileSync(name, 'utf8'))
  } catch {
    return end(4, 'We were unable to read either as JSON nor YAML')
  }
}

/** Each host and whether it is reached, in an inventory without groups. */
function readInventory(name: string): [string, boolean][] {
  if (!existsSync(name)) return []
  const lines = readFileSync(name, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => [line.split(' ')[0] ?? '', line.includes('ansible_connection=local')])
}

function limited(known: [string, boolean][], names: string): [string, boolean][] {
  if (names === '') return known
  for (const name of names.split(','))
    if (!known.some(([host]) => host === name) && process.env.ANSIBLE_HOST_PATTERN_MISMATCH === 'error')
      return end(1, `Could not match supplied host pattern: ${name}`)
  return known.filter(([host]) => names.split(',').includes(host))
}

function tellRecap(): void {
  const plugins = (process.env.ANSIBLE_CALLBACK_PLUGINS ?? '')
    .split(':')
    .map((each) => path.join(each, 'adder_recap.py'))
  if (plugins.some((plugin) => existsSync(plugin)))
    writeFileSync(process.env.ADDER_RECAP_FILE ?? '', JSON.stringify(recap))
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function end(code: number, message: string): never {
  process.stderr.write(`ERROR! ${message}\n`)
  process.exit(code)
}
