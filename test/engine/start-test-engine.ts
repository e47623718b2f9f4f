import { EventEmitter, on } from 'node:events'
import type { TestContext } from 'node:test'
import type { Connector } from '../../src/connectors/connector.ts'
import type { ClusterOptions } from '../../src/engine/cluster.ts'
import { defaultPolicy, type Engine, startEngine } from '../../src/engine/engine.ts'
import type { EngineProcessEvent } from '../../src/engine/engine-process.ts'
import type { Observation } from '../../src/engine/observation.ts'
import type { Programs, RunInput } from '../../src/engine/services.ts'
import type { StepPolicy } from '../../src/engine/steps.ts'
import { closeBeforeRemoval, dataFolder } from './data-folder.ts'
import type { TestEvent } from './engine-child.ts'

export type TestProgram = (run: RunInput<TestEvent>) => Promise<unknown>

export interface TestEngine {
  engine: Engine<TestEvent>
  observations: Observation[]
  engineEvents: EngineProcessEvent[]
  /** Accepts an event that starts the programs whose names begin with this kind. */
  start(kind: string, data?: unknown): Promise<{ run: string; isDuplicate: boolean; event: TestEvent }>
  /** Waits for an observation, past ones included. */
  observed<Kind extends Observation['kind']>(
    kind: Kind,
    matches?: (observation: Extract<Observation, { kind: Kind }>) => boolean,
  ): Promise<Extract<Observation, { kind: Kind }>>
  /** Waits until it holds; looks whenever something is observed. */
  until(holds: () => boolean): Promise<void>
}

export interface TestEngineOptions {
  folder?: string
  /** Default: an engine of its own. */
  cluster?: ClusterOptions
  policy?: Partial<StepPolicy>
  connectors?: Record<string, Connector>
  inactivityTimeoutMs?: number
  suppressing?: Programs<TestEvent>['suppressing']
  schedules?: Programs<TestEvent>['schedules']
}

/** How long something may take to happen, in milliseconds. */
const patienceMs = 60_000

let events = 0

export function testEvent(kind: string, data?: unknown): TestEvent {
  events += 1
  return { id: events.toString(16).padStart(64, '0'), at: new Date().toISOString(), kind, data }
}

/** An engine in this process, with these programs; closed after the test. It has forgotten those that are undefined. */
export async function startTestEngine(
  t: TestContext,
  programs: Record<string, TestProgram | undefined>,
  {
    folder = dataFolder(t),
    cluster,
    policy = {},
    connectors = {},
    inactivityTimeoutMs = 90_000,
    suppressing = () => [],
    schedules = new Map(),
  }: TestEngineOptions = {},
): Promise<TestEngine> {
  const observations: Observation[] = []
  const engineEvents: EngineProcessEvent[] = []
  const news = new EventEmitter().setMaxListeners(0)
  const engine = await startEngine<TestEvent>({
    dataFolder: folder,
    cluster,
    programs: {
      matching: ({ kind }) => Object.keys(programs).filter((name) => name.startsWith(kind)),
      suppressing,
      schedules,
      program: (name) => programs[name],
    },
    connectors: new Map(Object.entries(connectors)),
    policy: { ...defaultPolicy, ...policy },
    retentionDays: 1,
    inactivityTimeoutMs,
    observe: (observation) => {
      observations.push(observation)
      news.emit('news')
    },
    log: (event) => {
      engineEvents.push(event)
      news.emit('news')
    },
  })
  closeBeforeRemoval(folder, () => engine.close())

  return {
    engine,
    observations,
    engineEvents,
    start: async (kind, data) => {
      const event = testEvent(kind, data)
      return { ...(await engine.accept(event)), event }
    },
    observed: async (kind, matches = () => true) => {
      type Wanted = Extract<Observation, { kind: typeof kind }>
      const find = () => observations.find((each): each is Wanted => each.kind === kind && matches(each as Wanted)) // the kind was compared
      await until(() => find() !== undefined)
      return find() as Wanted // just seen
    },
    until,
  }

  async function until(holds: () => boolean): Promise<void> {
    if (holds()) return
    const signal = AbortSignal.timeout(patienceMs)
    for await (const _ of on(news, 'news', { signal })) if (holds()) return
  }
}
