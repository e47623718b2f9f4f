import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Automation } from '../../src/automations/automation.ts'
import type { AdderEvent } from '../../src/automations/event.ts'
import { keepOwn } from '../../src/automations/keep-own.ts'
import { programs } from '../../src/automations/programs.ts'
import type { Connector } from '../../src/connectors/connector.ts'
import { defaultPolicy, type Engine, startEngine } from '../../src/engine/engine.ts'
import type { Observation } from '../../src/engine/observation.ts'
import type { StepPolicy } from '../../src/engine/steps.ts'
import { isOwn, type Own } from '../../src/observables/is-own.ts'
import type { Ticketing } from '../../src/tickets/ticketing.ts'

export interface DeskOptions {
  automations: readonly Automation[]
  connectors?: Record<string, Connector>
  /** Recorded under `notebook`. Left out: there is no ticketing. */
  ticketing?: Ticketing
  policy?: Partial<StepPolicy>
  own?: Own
}

/** Automations on a real engine in a folder of its own. */
export interface Desk {
  /** Takes an event in, and resolves when the automation's run for it has ended. */
  run(automation: string, event: AdderEvent): Promise<RunEnd>
  /** Resolves when the automation's run for an event has ended, whoever tells of the event. */
  ended(automation: string, eventId: string): Promise<RunEnd>
  accept(event: AdderEvent): Promise<{ isDuplicate: boolean }>
  engine: Engine<AdderEvent>
  observations: readonly Observation[]
  close(): Promise<void>
}

export type RunEnd = Extract<Observation, { kind: 'run finished' | 'run failed' }>

export async function startDesk({ automations, connectors = {}, ticketing, policy, own }: DeskOptions): Promise<Desk> {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-'))
  const observations: Observation[] = []
  const waiting = new Set<() => void>()
  const engine = await startEngine<AdderEvent>({
    dataFolder,
    programs: programs({
      automations,
      connectors: new Map(Object.entries(connectors)),
      ticketing: ticketing && { name: 'notebook', port: ticketing },
      keepOwn: keepOwn(isOwn(own)),
    }),
    connectors: new Map(Object.entries(connectors)),
    policy: { ...defaultPolicy, ...policy },
    retentionDays: 1,
    observe: (observation) => {
      observations.push(observation)
      for (const look of waiting) look()
    },
    log: () => undefined,
  })

  function ended(automation: string, eventId: string): Promise<RunEnd> {
    return new Promise((resolve) => {
      const look = (): void => {
        const end = observations.find(isEnd)
        if (end === undefined) return
        waiting.delete(look)
        resolve(end)
      }
      waiting.add(look)
      look()
    })

    function isEnd(observation: Observation): observation is RunEnd {
      const hasEnded = observation.kind === 'run finished' || observation.kind === 'run failed'
      return hasEnded && observation.automation === automation && observation.event === eventId
    }
  }

  return {
    engine,
    ended,
    observations,
    accept: (event) => engine.accept(event),
    async run(automation, event) {
      await engine.accept(event)
      return ended(automation, event.id)
    },
    async close() {
      await engine.close()
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}
