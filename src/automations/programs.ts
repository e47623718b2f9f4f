import type { Connector } from '../connectors/connector.ts'
import { RunMisuse } from '../engine/engine-errors.ts'
import type { Suppressing } from '../engine/observation.ts'
import type { Programs, RunInput } from '../engine/services.ts'
import type { Automation } from './automation.ts'
import { bindConnectors, refusingOthers } from './bind-connectors.ts'
import { enrich } from './enrich.ts'
import type { AdderEvent } from './event.ts'
import { eventKind } from './event-kind.ts'
import { isEcho } from './is-echo.ts'
import type { KeepOwn } from './keep-own.ts'
import { openOrJoin } from './open-in-group.ts'
import { schedules } from './schedules.ts'
import type { TicketCreated } from './ticket-events.ts'
import { type NamedTicketing, type Tickets, ticketsInRun } from './tickets.ts'
import { decide } from './trigger.ts'

export interface ProgramsOptions {
  automations: readonly Automation[]
  connectors: ReadonlyMap<string, Connector>
  ticketing: NamedTicketing | undefined
  keepOwn: KeepOwn
  /** What holds automations off for an event. Left out: nothing. */
  suppressing?: (event: AdderEvent) => readonly Suppressing[]
}

/** The automations as the engine runs them. */
export function programs({
  automations,
  connectors,
  ticketing,
  keepOwn,
  suppressing,
}: ProgramsOptions): Programs<AdderEvent> {
  const byName = new Map(automations.map((automation) => [automation.name, automation]))
  return {
    matching: (event) => automations.filter((automation) => isMatch(automation, event)).map(({ name }) => name),
    ...(suppressing === undefined ? {} : { suppressing }),
    schedules: schedules(automations),
    program(name) {
      const automation = byName.get(name)
      return automation === undefined ? undefined : (run) => runAutomation(automation, run)
    },
    groupWork: ticketing && openOrJoin(ticketing),
  }

  async function runAutomation(automation: Automation, run: RunInput<AdderEvent>): Promise<void> {
    const { event, steps } = run
    checkConditions(automation, event)
    if (ticketing !== undefined && (await isEcho(event, { ticketing, steps }))) return
    // One for the whole run: it counts what the run opens.
    const tickets = ticketing && ticketsInRun({ ...run, ticketing, automation: automation.name })
    const context = {
      ...bindConnectors(connectors, { steps, keepOwn }),
      event: event.data,
      get tickets(): Tickets {
        if (tickets !== undefined) return tickets
        throw new RunMisuse(`"${automation.name}" needs tickets, and the configuration has no ticketing`)
      },
      step: steps.step.bind(steps),
      sleep: steps.sleep.bind(steps),
      now: steps.now.bind(steps),
      random: steps.random.bind(steps),
      uuid: steps.uuid.bind(steps),
    }
    if (automation.enrich !== undefined) {
      await enrich({
        enrichments: automation.enrich,
        event: event.data as TicketCreated, // `enrich` is only typed for automations on tickets
        tickets: context.tickets,
        connectors: (options) => bindConnectors(connectors, { steps, keepOwn }, options),
        tell: automation.tell,
        sleep: context.sleep,
        now: context.now,
      })
    }
    await automation.run?.(refusingOthers(context, connectors))
  }
}

/**
 * A condition that throws is taken to hold: the run that it starts then fails and says so where people look, and the
 * event's other automations go on.
 */
function isMatch({ name, on }: Automation, { kind, data }: AdderEvent): boolean {
  return eventKind({ name, on }) === kind && on.conditions.every((condition) => decide(condition, data) !== false)
}

function checkConditions({ name, on }: Automation, { data }: AdderEvent): void {
  for (const condition of on.conditions) {
    const decision = decide(condition, data)
    if (decision !== true && decision !== false)
      throw new RunMisuse(`"${name}" can't tell whether ${condition.says}: ${decision.reason}`)
  }
}
