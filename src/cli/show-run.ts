import type * as z from 'zod'
import type { Run } from '../api/shapes.ts'
import { plain, shownTime, table, wrapped } from './table.ts'

type ShownRun = z.infer<typeof Run>

/** A run with all that is known of it, for people. */
export function toldRun(run: ShownRun): string {
  const { ticket, event, trouble, endedAt } = run
  const lines = [
    `Run         ${run.id}`,
    `Automation  ${run.automation}${run.generation > 0 ? `, generation ${run.generation}` : ''}`,
    `State       ${run.state}`,
    `Started     ${shownTime(run.startedAt)} UTC`,
    `Event       ${event.kind ?? 'not recorded'}`,
    `            ${event.id}`,
  ]
  if (endedAt !== undefined) lines.splice(4, 0, `Ended       ${shownTime(endedAt)} UTC`)
  if (run.delivery !== undefined) lines.push(`Delivery    ${run.delivery}`)
  if (ticket !== undefined) lines.push(`Ticket      ${ticket.key} ${ticket.url ?? ''}`.trimEnd())
  if (run.reason !== undefined) lines.push(`Failed      ${wrapped(`${run.code}: ${run.reason}`, 12)}`)
  if (trouble !== undefined && endedAt === undefined)
    lines.push(`Last fault  ${wrapped(`${shownTime(trouble.at)} ${trouble.step}: ${trouble.reason}`, 12)}`)
  for (const other of run.generations) lines.push(`Generation  ${other.generation}: ${other.id}, ${other.state}`)
  for (const { at, caller, action } of run.actions)
    lines.push(`Action      ${shownTime(at)} ${action} by ${plain(caller)}`)
  lines.push('', ...effects(run), ...waits(run))
  return lines.join('\n')
}

/** What a re-run does about each of a run's effects. */
export function rerunTable({ effects }: ShownRun): string {
  if (effects.length === 0) return 'No effects.'
  return table(effects, [
    { title: 'EFFECT', cell: ({ name }) => name },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'ONCE', cell: ({ once = '?' }) => once },
    { title: 'RE-RUN', cell: ({ onRerun }) => onRerun },
    { title: 'WHAT', cell: (effect) => whatOf(effect)?.key ?? effect.made?.id ?? effect.marker },
  ])
}

type ShownEffect = ShownRun['effects'][number]

/** The effects, each with its marker and its page below it, and why it is not there. */
function effects({ effects: all }: ShownRun): string[] {
  if (all.length === 0) return ['No effects.']
  const [titles = '', ...rows] = table(all, [
    { title: 'EFFECT', cell: ({ name }) => name },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'CHANGED (UTC)', cell: ({ changedAt }) => shownTime(changedAt) },
    { title: 'ONCE', cell: ({ once = '?' }) => once },
    { title: 'TRIES', cell: ({ attempts }) => String(attempts) },
  ]).split('\n')
  return [titles, ...all.flatMap((effect, index) => [rows[index] ?? '', ...below(effect)])]
}

function below(effect: ShownEffect): string[] {
  const { key, url } = whatOf(effect) ?? {}
  const identity = [effect.marker, key, url].filter((part) => part !== undefined)
  // An address is not broken: a terminal opens it by a click.
  const lines = [`  ${identity.map(plain).join('  ')}`]
  if (effect.reason !== undefined) lines.push(`  ${wrapped(effect.reason, 2)}`)
  return lines
}

function whatOf({ made, about }: ShownEffect): { key?: string | undefined; url?: string | undefined } | undefined {
  return made?.key === undefined ? about : made
}

function waits({ waits: all, id }: ShownRun): string[] {
  const open = all.filter(({ endedAt }) => endedAt === undefined)
  const [paused, forPerson] = [true, false].map((is) => open.filter(({ code }) => (code === 'run.paused') === is))
  const lines = [
    ...toldWaits(forPerson, 'waits for a person'),
    ...(forPerson?.length ? [`Try again with: adder runs retry ${id.slice(0, 16)}`] : []),
    ...toldWaits(paused, 'is held back'),
  ]
  return lines.length === 0 ? [] : ['', ...lines]
}

function toldWaits(waits: ShownRun['waits'] = [], how: string): string[] {
  return waits.map(({ step, beganAt, reason }) =>
    wrapped(`${step} ${how} since ${shownTime(beganAt)} UTC: ${reason}`, 2, 0),
  )
}
