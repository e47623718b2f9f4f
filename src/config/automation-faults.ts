import type { Automation } from '../automations/automation.ts'
import { isRequest } from '../automations/request.ts'
import { isSchedule } from '../automations/schedule.ts'
import type { ConfigFault } from '../errors/config-error.ts'
import { isName, nameForm } from './name-form.ts'
import { type Files, placeOf, takenFaults } from './place-of.ts'

/** What is wrong with the automations of a project, each by its file and name. */
export function automationFaults(
  automations: readonly Automation[],
  { hasTicketing, files }: { hasTicketing: boolean; files: Files },
): ConfigFault[] {
  return automations.flatMap((automation) => {
    const { name, enrich } = automation
    const problems = [
      ...(isName(name) ? [] : [`its name ${nameForm}`]),
      ...takenFaults(automation, automations, files),
      ...triggerFaults(automation.on),
      ...workFaults(automation),
      ...(enrich !== undefined && !hasTicketing ? ['it enriches tickets, and the configuration has no ticketing'] : []),
    ]
    return problems.map((problem) => ({ at: placeOf(automation, files), problem }))
  })
}

/** The types say all this too; a program that was not type-checked must not fail at its first event. */
export function isTrigger(on: unknown): boolean {
  if (typeof on !== 'object' || on === null || !('kind' in on) || !('conditions' in on)) return false
  return typeof on.kind === 'string' && Array.isArray(on.conditions)
}

function triggerFaults(on: Automation['on']): string[] {
  if (!isTrigger(on)) return ['`on` is not a trigger, such as ticketCreated()']
  return isSchedule(on) && on.fault !== undefined ? [on.fault] : []
}

function workFaults({ on, run, enrich, tell }: Automation): string[] {
  if (run === undefined && enrich === undefined) return ['it has neither `run` nor `enrich`']
  if (run !== undefined && typeof run !== 'function') return ['`run` is not a function']
  if (enrich === undefined) return tell === undefined ? [] : ['`tell` goes with `enrich` only']
  if (!Array.isArray(enrich) || enrich.some((each) => each?.type !== 'enrichment'))
    return ['`enrich` is not a list of what enrichment(…) gives']
  return [
    ...(isTrigger(on) && !isRequest(on) && on.kind === 'ticket.created'
      ? []
      : ['`enrich` goes with ticketCreated() only']),
    ...(tell === undefined || tell === 'a comment each' || tell === 'one comment'
      ? []
      : ["`tell` is neither 'a comment each' nor 'one comment'"]),
    ...doubles(enrich.map(({ name }) => name)).map((name) => `two of its enrichments are called "${name}"`),
  ]
}

function doubles(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))]
}
