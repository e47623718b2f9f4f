import { availableParallelism, cpus, totalmem } from 'node:os'
import { styleText } from 'node:util'
import { alertBody, wideBranches } from './alert.ts'
import { type Compared, clients, type Memory, type Result } from './benchmark.ts'
import type { Times } from './measure.ts'

/** The machine that was measured on. */
export function machine(): string {
  const gigabytes = Math.round(totalmem() / 1024 ** 3)
  return `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${gigabytes} GB, Node ${process.versions.node}`
}

/** What is aimed at: a value, whether it is reached, and the aim in words. */
interface Row {
  name: string
  value: string
  aim?: { says: string; isMet: boolean }
}

/** The result for people, at most 80 columns wide. */
export function report(result: Result): string {
  const { adder, bareReal, bareInstant, halfLoad, quarterLoad, besideWide, memory } = result
  const ratio = adder.round.finishedPerSecond / bareReal.round.finishedPerSecond
  const idleMb = memory.idle.adderMb + memory.idle.engineMb
  const rows: Row[] = [
    {
      name: 'Adder of the bare engine, same requests',
      value: percent(ratio),
      aim: { says: '>= 60 %', isMet: ratio >= 0.6 },
    },
    { name: '  by processor time', value: percent(cpuOf(bareReal) / cpuOf(adder)) },
    {
      name: 'Adder of the bare engine, no requests',
      value: percent(adder.round.finishedPerSecond / bareInstant.round.finishedPerSecond),
    },
    {
      name: `Acknowledgement at half load (${whole(halfLoad.perSecond)}/s)`,
      value: times(halfLoad.acknowledgement),
      aim: { says: 'p99 < 80 ms', isMet: halfLoad.acknowledgement.p99 < 80 },
    },
    { name: 'Answers on the ticket at half load', value: times(halfLoad.finished) },
    { name: `Answers at quarter load (${whole(quarterLoad.perSecond)}/s)`, value: times(quarterLoad.finished) },
    { name: `  the same beside ${whole(wideBranches)} branches`, value: times(besideWide.finished) },
    { name: '  acknowledgement without them', value: times(quarterLoad.acknowledgement) },
    { name: '  acknowledgement beside them', value: times(besideWide.acknowledgement) },
    { name: "Finished with Jira's webhooks on", value: perSecond(result.withJiraWebhooks.finishedPerSecond) },
    {
      name: 'Ready after',
      value: `${(result.readyMs / 1000).toFixed(2)} s`,
      aim: { says: '< 3 s', isMet: result.readyMs < 3000 },
    },
    {
      name: 'Memory idle: Adder + engine',
      value: megabytes(memory.idle),
      aim: { says: '< 350 MB', isMet: idleMb < 350 },
    },
    { name: `Memory after ${whole(memory.alerts)} alerts`, value: megabytes(memory.after) },
    { name: 'Disk for each alert', value: `${(result.diskBytesPerAlert / 1024).toFixed(1)} KB` },
    { name: "The stand-ins' own ceiling", value: perSecond(result.standInsPerSecond) },
  ]
  return [
    [machine(), ...disturbance(result)].join('\n'),
    comparison(result),
    rows.map(line).join('\n'),
    [
      `Each alert has ${alertBody().body.length} bytes and is posted by one of ${clients} clients;`,
      `medians of rounds by turns, here ${adder.rounds.length}. Runs with ${whole(wideBranches)} branches`,
      `that ended meanwhile: ${besideWide.wideRuns}.`,
    ].join('\n'),
  ].join('\n\n')
}

/** Rates and times are those of a quiet machine only; shares suffer less. */
function disturbance({ loadBefore }: Result): string[] {
  if (loadBefore < 0.5) return []
  return [`Others used the machine too (load ${loadBefore.toFixed(1)} beforehand): trust the shares, not the rates.`]
}

function comparison({ adder, bareReal, bareInstant }: Result): string {
  const columns: [string, (compared: Compared) => string][] = [
    ['', () => ''],
    ['Accepted/s', ({ round }) => whole(round.acceptedPerSecond)],
    ['Finished/s', ({ round }) => whole(round.finishedPerSecond)],
    ['Ack p50 ms', ({ round }) => whole(round.acknowledgement.p50)],
    ['p99 ms', ({ round }) => whole(round.acknowledgement.p99)],
    ['Journal', ({ perAlert }) => `${perAlert.entries.toFixed(1)}/${perAlert.invocations.toFixed(1)}`],
    ['CPU ms', ({ round }) => cpu(round.cpuMsPerAlert)],
  ]
  const widths = [22, 11, 11, 11, 7, 9, 9]
  const cells = (values: readonly string[]) =>
    values.map((value, index) => (index === 0 ? value.padEnd(22) : value.padStart(widths[index] ?? 0))).join('')
  const body = Object.entries({ Adder: adder, 'Bare, same requests': bareReal, 'Bare, no requests': bareInstant })
  return [
    styleText('bold', cells(columns.map(([title]) => title))),
    ...body.map(([name, compared]) => cells([name, ...columns.slice(1).map(([, show]) => show(compared))])),
    '',
    'Journal: entries/invocations for each alert. CPU: of the Node process and of',
    'the engine for each alert.',
  ].join('\n')
}

/** Of the Node process and the engine for each alert, in milliseconds. */
function cpuOf({ round: { cpuMsPerAlert } }: Compared): number {
  const { adder, handlers, engine } = cpuMsPerAlert
  return (adder ?? handlers ?? Number.NaN) + (engine ?? Number.NaN)
}

function cpu({ adder, handlers, engine }: Record<string, number>): string {
  const node = adder ?? handlers
  return node === undefined || engine === undefined ? '?' : `${node.toFixed(1)}+${engine.toFixed(1)}`
}

function line({ name, value, aim }: Row): string {
  const verdict = aim === undefined ? '' : `${aim.isMet ? '✔' : '✖'} ${aim.says}`
  return `${name.padEnd(40)}${value.padStart(26)}  ${verdict}`.trimEnd()
}

function times({ p50, p99 }: Times): string {
  return `p50 ${whole(p50)} ms, p99 ${whole(p99)} ms`
}

function megabytes({ adderMb, engineMb }: Memory): string {
  return `${whole(adderMb)} + ${whole(engineMb)} = ${whole(adderMb + engineMb)} MB`
}

function perSecond(value: number): string {
  return `${whole(value)}/s`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
