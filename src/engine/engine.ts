import { chmodSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import * as restate from '@restatedev/restate-sdk'
import type { Connector } from '../connectors/connector.ts'
import { Admin } from './admin.ts'
import { armClocks } from './clocks.ts'
import { type ClusterOptions, cluster } from './cluster.ts'
import { EngineStartFailed } from './engine-errors.ts'
import type { EngineEvent } from './engine-event.ts'
import type { EngineAddress } from './engine-host.ts'
import type { EngineProcessEvent } from './engine-process.ts'
import { Ingress } from './ingress.ts'
import type { Resolution } from './journal.ts'
import type { Observe } from './observation.ts'
import { ownEngine } from './own-engine.ts'
import { Pauses } from './pauses.ts'
import type { ProcessMemory } from './process-memory.ts'
import { type Asked, type Asking, questionKey, questionsObject } from './question.ts'
import { type QuotaStatus, quotasObject } from './quota-object.ts'
import { runKey } from './run-key.ts'
import { eventsService, runsService } from './service-inputs.ts'
import { type Programs, services } from './services.ts'
import { signedCalls } from './signed-calls.ts'
import { starting } from './starting.ts'
import type { StepPolicy } from './steps.ts'
import { tolerateStrayRejections } from './stray-rejections.ts'

export interface EngineOptions<Event extends EngineEvent> {
  /** Belongs to one Adder; created when missing, readable by its owner only. */
  dataFolder: string
  /** The engines that this process serves together with others. Default: one of its own, on the data folder. */
  cluster?: ClusterOptions | undefined
  programs: Programs<Event>
  /** By their names in the configuration. */
  connectors?: ReadonlyMap<string, Connector>
  policy: StepPolicy
  retentionDays: number
  /**
   * How long nothing may happen in a run before it leaves the memory until something does, in milliseconds. Default
   * 90 s. Below the time that the longest step takes, that step holds up the ones beside it.
   */
  inactivityTimeoutMs?: number
  observe: Observe
  log(event: EngineProcessEvent): void
  /** Called as soon as the data folder belongs to this process; the engine is not there yet. What it throws ends the start. */
  owned?(): void
  /** Gives the start up. */
  signal?: AbortSignal
}

/** Adder's own durable execution: takes events in, and runs automations for them. */
export interface Engine<Event extends EngineEvent> {
  /**
   * Takes an event in. When this resolves, the event is on disk and its runs will happen, once; where it is suppressed,
   * it has none.
   *
   * @param patienceMs how long the engine is tried, in milliseconds. Default 7,000.
   * @throws EngineUnavailable when the engine can't take it in right now.
   */
  accept(event: Event, patienceMs?: number): Promise<{ run: string; isDuplicate: boolean; isSuppressed: boolean }>
  /**
   * Takes an event in that is about to be told in full by a run of ours: it starts runs only after this many
   * milliseconds, and only if it is not in by then.
   */
  acceptLate(event: Event, delayMs: number, patienceMs?: number): Promise<void>
  /** Starts the next generation of a run. */
  rerun(automation: string, event: Event, generation: number): Promise<{ run: string; isDuplicate: boolean }>
  /** Ends a wait for a person. */
  resolveWait(wait: string, resolution: Resolution): Promise<void>
  /**
   * Asks what all runs share, for somebody who is no run.
   *
   * @throws EngineUnavailable when there is no answer within so many milliseconds; it may be there when asked again.
   */
  ask(asking: Asking, withinMs: number): Promise<Asked>
  /** What is used of a connector's quota. Throws EngineUnavailable. */
  quota(connector: string): Promise<QuotaStatus>
  /** What this process knows of its effects. */
  memory: ProcessMemory
  /** What people have paused. */
  pauses: Pauses
  admin: Admin
  isReady(): Promise<boolean>
  enginePid(): number | undefined
  /** Lets no further write begin, and resolves when those under way have ended, or a second later. */
  endWrites(): Promise<boolean>
  close(): Promise<void>
}

/** How long a new engine may need until it takes the automations in, in milliseconds. */
const serveWithinMs = 60_000

/** How soon an engine that knows an older Adder's services only is told of this one's again, in milliseconds. */
const serveAgainMs = 5000

/** How long the writes under way have to end when Adder stops, in milliseconds: people wait for it. */
const writesEndWithinMs = 1000

/** How long the engine has to record how they ended, in milliseconds: what it has not recorded is looked for again. */
const recordedWithinMs = 200

/** How often the clocks of automations are seen to, in milliseconds. */
const clocksMs = 600_000

/** How long the engine has to say what is used of a quota, in milliseconds. */
const quotaWithinMs = 5000

export const defaultPolicy: StepPolicy = {
  searchForMs: 60_000,
  whenUnknown: 'wait for a person',
  patienceMs: 24 * 60 * 60 * 1000,
  lookupPatienceMs: 60 * 60 * 1000,
  quotaPatienceMs: 24 * 60 * 60 * 1000,
  timeoutMs: 45_000,
}

/**
 * Starts the engine on a data folder, or takes part in a cluster, and serves the automations to it.
 *
 * @throws DataFolderInUse when another Adder runs on the folder, DataFolderTooNew, DataFolderPathTooLong,
 * HandlersAddressUnusable, EngineStartFailed, also when it is given up.
 */
export async function startEngine<Event extends EngineEvent>(options: EngineOptions<Event>): Promise<Engine<Event>> {
  const { dataFolder, connectors = new Map<string, Connector>() } = options
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  chmodSync(dataFolder, 0o700)
  const host = options.cluster
    ? cluster(dataFolder, options.cluster)
    : ownEngine({ dataFolder, onRestart: () => void insist(serve), log: options.log })
  const { memory, isShared } = host

  const ingress = new Ingress(host.ingress)
  const admin = new Admin(host.admin)
  const pauses = new Pauses({ admin, ingress, file: path.join(dataFolder, 'pauses.json') })
  const served = services({ ...options, connectors, ingress, admin, memory, pauses, isShared })
  const endpoint = () => served.reduce((made, service) => made.bind(service), restate.endpoint().setLogger(quietly))
  const checked = endpoint().withIdentityV1(host.identityKey).http2Handler()
  const serveCalls = signedCalls({ checked, unchecked: endpoint().http2Handler() })
  const endTolerance = tolerateStrayRejections()
  let isClosed = false
  let clocks: NodeJS.Timeout | undefined
  const handlers = await host.serveHandlers(serveCalls).catch(async (error: unknown) => {
    await host.stop()
    host.release()
    throw error
  })

  options.signal?.addEventListener('abort', giveUp)
  try {
    if (options.signal?.aborted) giveUp()
    options.owned?.()
    await host.start()
    await insist(serve, serveWithinMs)
    await insist(() => pauses.load(), serveWithinMs)
    setClocks()
    if (isClosed) throw new EngineStartFailed('Adder was stopped while it started')
  } catch (error) {
    await close()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', giveUp)
  }

  return {
    accept: async (event, patienceMs) => {
      const { automations, suppressedBy } = starting(options.programs, event)
      const input = { event, automations, ...(suppressedBy.length === 0 ? {} : { suppressedBy }) }
      const sent = { service: eventsService, handler: 'accept', input, key: event.id, ...patience(patienceMs) }
      const taken = accepted(await ingress.send(sent))
      return { ...taken, isSuppressed: suppressedBy.length > 0 && automations.length === 0 }
    },
    acceptLate: async (event, delayMs, patienceMs) => {
      const sent = { service: eventsService, handler: 'acceptLate', input: { event }, key: event.id, delayMs }
      await ingress.send({ ...sent, ...patience(patienceMs) })
    },
    rerun: async (automation, event, generation) =>
      accepted(
        await ingress.send({
          service: runsService,
          handler: 'run',
          input: { automation, event, generation },
          key: runKey(automation, event.id, generation),
        }),
      ),
    ask: (asking, withinMs) =>
      ingress.call({
        object: questionsObject,
        key: questionKey(asking.question),
        handler: 'ask',
        input: asking,
        withinMs,
      }),
    quota: (connector) =>
      ingress.call({ object: quotasObject, key: connector, handler: 'status', withinMs: quotaWithinMs }),
    resolveWait: (wait, resolution) => ingress.resolveWait(wait, resolution),
    memory,
    pauses,
    admin,
    isReady: () => ingress.isReady(),
    enginePid: host.pid,
    endWrites,
    close,
  }

  async function serve(): Promise<void> {
    const { deployment, services: known } = await admin.register(handlers.url)
    void insist(() => admin.resumeStranded(deployment))
    // An older Adder may have answered for all of them. Once that is gone, this one's services are all that are found.
    if (served.some(({ name }) => !known.includes(name)))
      void setTimeout(serveAgainMs, undefined, { ref: false }).then(() => insist(serve))
  }

  /** Set at the start, and now and then, for a process that does not know an automation yet may have stopped its clock. */
  function setClocks(): void {
    const automations = [...(options.programs.schedules?.keys() ?? [])]
    if (automations.length === 0) return
    const arm = () => void insist(() => armClocks(ingress, automations))
    arm()
    clocks = setInterval(arm, clocksMs).unref()
  }

  /** The engine may end at any moment and be started again; a fresh one needs a moment until it can say what it has. */
  async function insist(action: () => Promise<void>, forMs = Number.POSITIVE_INFINITY): Promise<void> {
    const deadline = performance.now() + forMs
    while (!isClosed) {
      try {
        return await action()
      } catch (cause) {
        if (performance.now() > deadline)
          throw new EngineStartFailed(
            `The engine${at(host.admin)} does not take the automations in: ${messageOf(cause)}`,
            { cause },
          )
        await setTimeout(200, undefined, { ref: false })
      }
    }
  }

  function endWrites(): Promise<boolean> {
    return memory.settle(writesEndWithinMs)
  }

  /** Ends what the start waits for; the start itself closes the rest. */
  function giveUp(): void {
    isClosed = true
    void host.stop()
  }

  async function close(): Promise<void> {
    isClosed = true
    try {
      // A write that is cut off may have been made all the same, and would have to be looked for after the next start.
      if (await endWrites()) host.writesEnded()
      await setTimeout(recordedWithinMs)
    } finally {
      // First the calls end, then the engine that makes them; what was under way goes on after the next start.
      pauses.close()
      clearInterval(clocks)
      handlers.close()
      await ingress.close()
      await admin.close()
      await host.stop()
      host.release()
      endTolerance()
    }
  }
}

function patience(patienceMs: number | undefined): { patienceMs?: number } {
  return patienceMs === undefined ? {} : { patienceMs }
}

function accepted({ invocation, isDuplicate }: { invocation: string; isDuplicate: boolean }) {
  return { run: invocation, isDuplicate }
}

function at(address: EngineAddress): string {
  return 'url' in address ? ` at ${address.url}` : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The SDK's own messages are about its protocol; what happens in a run is observed instead. */
function quietly(): void {}
