import type { Connector } from '../connectors/connector.ts'
import { RunMisuse } from '../engine/engine-errors.ts'
import type { Programs, RunInput } from '../engine/services.ts'
import type { Ticketing } from '../tickets/ticketing.ts'
import type { Automation } from './automation.ts'
import { bindConnectors } from './bind-connectors.ts'
import { enrich } from './enrich.ts'
import type { AdderEvent } from './event.ts'
import { isEcho } from './is-echo.ts'
import { isRequest, requestKind } from './request.ts'
import type { TicketCreated } from './ticket-events.ts'
import { type Tickets, ticketsInRun } from './tickets.ts'

export interface ProgramsOptions {
  automations: readonly Automation[]
  connectors: ReadonlyMap<string, Connector>
  /** The port to the tickets, and the name that its steps are recorded under. */
  ticketing: { name: string; port: Ticketing } | undefined
}

/** The automations as the engine runs them. */
export function programs({ automations, connectors, ticketing }: ProgramsOptions): Programs<AdderEvent> {
  const byName = new Map(automations.map((automation) => [automation.name, automation]))
  return {
    matching: (event) => automations.filter((automation) => isMatch(automation, event)).map(({ name }) => name),
    program(name) {
      const automation = byName.get(name)
      return automation === undefined ? undefined : (run) => runAutomation(automation, run)
    },
  }

  async function runAutomation(automation: Automation, { event, steps, commit }: RunInput<AdderEvent>): Promise<void> {
    if (ticketing !== undefined && (await isEcho(event, { ticketing, steps }))) return
    const tickets = (): Tickets => {
      if (ticketing === undefined)
        throw new RunMisuse(`"${automation.name}" needs tickets, and the configuration has no ticketing`)
      return ticketsInRun({
        ticketing: ticketing.port,
        name: ticketing.name,
        steps,
        automation: automation.name,
        event,
        commit,
      })
    }
    if (automation.enrich !== undefined) {
      await enrich({
        enrichments: automation.enrich,
        event: event.data as TicketCreated, // `enrich` is only typed for automations on tickets
        tickets: tickets(),
        connectors: (onDelay) => bindConnectors(connectors, steps, onDelay),
      })
    }
    await automation.run?.({
      ...bindConnectors(connectors, steps),
      event: event.data,
      get tickets() {
        return tickets()
      },
      step: (name, action) => steps.step(name, action),
      sleep: (ms) => steps.sleep(ms),
      now: () => steps.now(),
      random: () => steps.random(),
      uuid: () => steps.uuid(),
    })
  }
}

function isMatch({ name, on }: Automation, event: AdderEvent): boolean {
  const kind = isRequest(on) ? requestKind(name) : on.kind
  return kind === event.kind && on.conditions.every((condition) => condition.holds(event.data))
}
