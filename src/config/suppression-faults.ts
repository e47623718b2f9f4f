import type { Automation } from '../automations/automation.ts'
import { isRequest } from '../automations/request.ts'
import { isSchedule } from '../automations/schedule.ts'
import type { Suppression } from '../automations/suppression.ts'
import type { ConfigFault } from '../errors/config-error.ts'
import { isTrigger } from './automation-faults.ts'
import { isName, nameForm } from './name-form.ts'
import { type Files, placeOf, takenFaults } from './place-of.ts'

export const maxSuppressionDays = 90
const dayMs = 24 * 60 * 60 * 1000

/** A date and time with its offset; `Date.parse` would take one without for the server's own zone. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

export interface SuppressionFaultsOptions {
  automations: readonly Automation[]
  files?: Files
  /** Milliseconds since 1970. */
  now: number
}

/** What is wrong with the suppressions of a project, each by its file and name. One that has expired is not wrong. */
export function suppressionFaults(
  suppressions: readonly Suppression[],
  { automations, files = new Map(), now }: SuppressionFaultsOptions,
): ConfigFault[] {
  return suppressions.flatMap((suppression) => {
    const { name, reason, owner, when, automations: named = [] } = suppression
    const problems = [
      ...(isName(name) ? [] : [`its name ${nameForm}`]),
      ...takenFaults(suppression, suppressions, files),
      ...triggerFaults(suppression),
      ...(when === undefined || typeof when === 'function' ? [] : ['`when` is not a function']),
      ...(isText(reason) ? [] : ['it needs a `reason`']),
      ...(isText(owner) ? [] : ['it needs an `owner`']),
      ...named
        .filter((each) => !automations.some((automation) => automation.name === each))
        .map((each) => `there is no automation "${each}"`),
      ...timeFaults(suppression, now),
    ]
    return problems.map((problem) => ({ at: placeOf(suppression, files), problem }))
  })
}

function triggerFaults({ on }: Suppression): string[] {
  if (!isTrigger(on)) return ['`on` is not a trigger, such as ticketCreated()']
  if (isSchedule(on)) return ['what a schedule starts is not suppressed; pause the automation']
  return isRequest(on) ? ['what the API starts is not suppressed: its caller would wait in vain'] : []
}

function timeFaults({ from, until }: Suppression, now: number): string[] {
  const wrong = [
    ...(isTime(until) ? [] : ['`until` must be a time such as 2026-12-01T00:00Z']),
    ...(from === undefined || isTime(from) ? [] : ['`from` must be a time such as 2026-12-01T00:00Z']),
  ]
  if (wrong.length > 0) return wrong
  const begin = from === undefined ? now : Date.parse(from)
  if (from !== undefined && Date.parse(until) <= begin) return ['it ends before it begins']
  if (Date.parse(until) - begin > maxSuppressionDays * dayMs)
    return [`it lasts longer than ${maxSuppressionDays} days; change what matches instead`]
  return []
}

function isTime(text: unknown): boolean {
  return typeof text === 'string' && time.test(text) && !Number.isNaN(Date.parse(text))
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}
