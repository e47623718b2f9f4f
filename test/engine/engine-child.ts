/**
 * A process that is made to be killed: starts the engine room on a data folder, with the programs of a module.
 * Arguments: the data folder, the module, and the options as JSON.
 */
import type { Connector } from '../../src/connectors/connector.ts'
import { defaultPolicy, startEngine } from '../../src/engine/engine.ts'
import type { EngineEvent } from '../../src/engine/engine-event.ts'
import type { Observation } from '../../src/engine/observation.ts'
import type { Programs } from '../../src/engine/services.ts'
import type { StepPolicy } from '../../src/engine/steps.ts'

export interface TestEvent extends EngineEvent {
  kind: string
  data?: unknown
}

/** What the module exports as `programs`. */
export type ProgramsModule = (tell: {
  observe: (listener: (observation: Observation) => void) => void
  send: (message: unknown) => void
  options: ChildOptions
}) => Programs<TestEvent>

interface Module {
  programs: ProgramsModule
  connectors?: (options: ChildOptions) => Record<string, Connector>
}

export interface ChildOptions {
  policy?: Partial<StepPolicy>
  inactivityTimeoutMs?: number
  /** For the module. */
  extra?: unknown
}

export type ToChild =
  | { kind: 'accept'; id: number; event: TestEvent }
  | { kind: 'rerun'; id: number; automation: string; event: TestEvent; generation: number }
  | { kind: 'resolveWait'; id: number; wait: string }
  | { kind: 'query'; id: number; sql: string }
  | { kind: 'close'; id: number }

export type FromChild =
  | { kind: 'ready' }
  | { kind: 'answer'; id: number; value?: unknown; error?: string }
  | { kind: 'observation'; observation: Observation }
  | { kind: 'engine'; event: { kind: string } }
  | { kind: 'said'; message: unknown }

const [dataFolder = '', module = '', optionsText = '{}'] = process.argv.slice(2)
const options = JSON.parse(optionsText) as ChildOptions // written by the parent
const observers: ((observation: Observation) => void)[] = []

const { programs, connectors } = (await import(module)) as Module // each such module exports them
const engine = await startEngine<TestEvent>({
  dataFolder,
  programs: programs({
    observe: (listener) => observers.push(listener),
    send: (message) => send({ kind: 'said', message }),
    options,
  }),
  connectors: new Map(Object.entries(connectors?.(options) ?? {})),
  policy: { ...defaultPolicy, ...options.policy },
  retentionDays: 1,
  ...(options.inactivityTimeoutMs === undefined ? {} : { inactivityTimeoutMs: options.inactivityTimeoutMs }),
  observe: (observation) => {
    for (const each of observers) each(observation)
    send({ kind: 'observation', observation })
  },
  log: (event) => send({ kind: 'engine', event }),
})
process.on('message', (message: ToChild) => {
  obey(message).then(
    (value) => send({ kind: 'answer', id: message.id, value }),
    (error: unknown) => send({ kind: 'answer', id: message.id, error: String(error) }),
  )
})
// The parent's end is this process's end, too.
process.on('disconnect', () => void engine.close().finally(() => process.exit()))
send({ kind: 'ready' })

async function obey(message: ToChild): Promise<unknown> {
  switch (message.kind) {
    case 'accept':
      return engine.accept(message.event)
    case 'rerun':
      return engine.rerun(message.automation, message.event, message.generation)
    case 'resolveWait':
      return engine.resolveWait(message.wait, { action: 'try again' })
    case 'query':
      return engine.admin.query(message.sql)
    case 'close':
      return engine.close()
  }
}

function send(message: FromChild): void {
  if (process.connected) process.send?.(message)
}
