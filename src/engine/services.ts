import * as restate from '@restatedev/restate-sdk'
import type { Connector } from '../connectors/connector.ts'
import type { Admin } from './admin.ts'
import { checkEnd } from './check-end.ts'
import { clocksObject, type Schedule } from './clocks.ts'
import { AutomationGone } from './engine-errors.ts'
import type { EngineEvent } from './engine-event.ts'
import { failure } from './failure.ts'
import { type GroupWork, groupService } from './group-service.ts'
import { harmless } from './harmless.ts'
import type { Ingress } from './ingress.ts'
import { Journal } from './journal.ts'
import { leaveToOthers } from './leave-to-others.ts'
import type { Observe, Suppressing } from './observation.ts'
import { type Pauses, pausesObject } from './pauses.ts'
import type { ProcessMemory } from './process-memory.ts'
import { questionObject } from './question-object.ts'
import { quotaObject } from './quota-object.ts'
import { runKey } from './run-key.ts'
import { Scheduler } from './scheduler.ts'
import { type EventInput, eventsService, type RunRequest, runsService } from './service-inputs.ts'
import { sharedHandling } from './shared-handling.ts'
import { type Starting, starting } from './starting.ts'
import { type StepPolicy, Steps } from './steps.ts'
import { superseding } from './superseding.ts'

/** The automations, as the engine sees them. */
export interface Programs<Event extends EngineEvent> {
  /** The names of the automations that the event starts, in a stable order. */
  matching(event: Event): readonly string[]
  /** What holds automations off for this event at this moment. Left out: nothing. */
  suppressing?(event: Event): readonly Suppressing[]
  /** When automations are due, by their names. Left out: none ever is. */
  schedules?: ReadonlyMap<string, Schedule<Event>>
  /** Runs one automation for one event; undefined where there is no automation of that name any more. */
  program(automation: string): ((run: RunInput<Event>) => Promise<unknown>) | undefined
  /** Missing where nothing is grouped. */
  groupWork?: GroupWork | undefined
}

export interface RunInput<Event extends EngineEvent> {
  event: Event
  steps: Steps
  /** Decides what a further event starts. The answer may be another one a moment later: record it, and `commit` it. */
  starting(event: Event): Starting
  /**
   * Hands a further event to the engine, once.
   *
   * @param starts what it starts, as recorded. Left out: the event's own run decides that, and records it.
   */
  commit(event: Event, starts?: Starting): void
}

export interface ServicesOptions<Event extends EngineEvent> {
  programs: Programs<Event>
  /** Those whose quotas and answers all runs share. */
  connectors: ReadonlyMap<string, Connector>
  ingress: Ingress
  admin: Admin
  memory: ProcessMemory
  pauses: Pauses
  policy: StepPolicy
  /** Whether other processes serve the same engine, perhaps with other code. */
  isShared: boolean
  observe: Observe
  /** How long events, runs and their journals are kept, in days. */
  retentionDays: number
  inactivityTimeoutMs?: number
}

/**
 * What the engine calls: one service takes events in, another runs an automation for an event; of what runs share, one
 * object keeps a connector's quota, another a question with its answer, another a group, and one the pauses.
 */
export function services<Event extends EngineEvent>(options: ServicesOptions<Event>) {
  const { programs, connectors, pauses, policy, admin, isShared, observe, retentionDays } = options
  const { inactivityTimeoutMs = 90_000 } = options
  const kept = { days: retentionDays }
  const handling = {
    idempotencyRetention: kept,
    journalRetention: kept,
    inactivityTimeout: inactivityTimeoutMs,
    // An attempt that fails is one of ours that was cut off. No outage of Adder is long enough to give up on it.
    retryPolicy: { initialInterval: 50, exponentiationFactor: 2, maxInterval: { seconds: 10 }, maxAttempts: 1_000_000 },
  } as const
  const supersede = superseding(options)

  const events = restate.service({
    name: eventsService,
    handlers: {
      accept: restate.handlers.handler(
        { ...handling, hooks: [supersede] },
        async (context: restate.Context, { event, automations, suppressedBy = [] }: EventInput<Event>) => {
          tellSuppressed(event, suppressedBy)
          // Which automations an event starts is decided once, whatever they are called when it is replayed.
          const matched = automations ?? (await context.run('matched', () => decide(event)))
          const [only] = matched
          // A run of its own would cost a second invocation; where one automation matches, the event is its run.
          if (matched.length === 1 && only !== undefined) {
            await run(context, { automation: only, event, generation: 0 }, options)
          } else {
            for (const automation of matched) sendRun(context, { automation, event, generation: 0 })
          }
          return { matched }
        },
      ),
      // Called with a delay. By then the event is normally in, with more in it than its late telling has.
      acceptLate: restate.handlers.handler(handling, async (context: restate.Context, input: EventInput<Event>) => {
        sendTo(context, { service: eventsService, method: 'accept', input, key: input.event.id })
      }),
    },
  })

  /** For an event that a run has told of. */
  function decide(event: Event): readonly string[] {
    const { automations, suppressedBy } = starting(programs, event)
    tellSuppressed(event, suppressedBy)
    return automations
  }

  function tellSuppressed(event: Event, by: readonly Suppressing[]): void {
    if (by.length > 0) harmless(options.observe)({ kind: 'suppressed', event: event.id, by })
  }

  const runs = restate.service({
    name: runsService,
    handlers: {
      run: restate.handlers.handler(
        { ...handling, hooks: [supersede] },
        (context: restate.Context, request: RunRequest<Event>) => run(context, request, options),
      ),
    },
  })

  const shared = sharedHandling({ admin, inactivityTimeoutMs })
  const quotas = quotaObject(connectors, shared)
  const questions = questionObject({
    connectors,
    pauses,
    handling: shared,
    timeoutMs: policy.timeoutMs,
    isShared,
    observe: harmless(observe),
  })

  const { schedules = new Map() } = programs
  const clocks = clocksObject({ schedules, pauses, handling: shared })
  const groups = groupService(options, shared)

  return [events, runs, pausesObject, clocks, quotas, questions, groups] as const
}

async function run<Event extends EngineEvent>(
  context: restate.Context,
  { automation, event, generation, supersedes }: RunRequest<Event>,
  { programs, admin, memory, pauses, policy, observe, isShared }: ServicesOptions<Event>,
): Promise<void> {
  const startedAt = Date.now()
  if (isShared && programs.program(automation) === undefined)
    leaveToOthers(context.request().id, `automation ${automation}`)
  // Where its end got lost, a process whose code still fits it would go on with it beside this one.
  if (supersedes !== undefined) await admin.kill(supersedes)
  const about = { automation, event: event.id, run: context.request().id, generation }
  const seen = harmless((observation) => observe({ ...about, ...observation }))
  seen({ kind: 'run started' })
  const scheduler = new Scheduler()
  const journal = new Journal({ context, scheduler, memory, pauses, automation, generation, observe: seen })
  const steps = new Steps({ journal, memory, policy, automation, event, run: about.run })
  const commit = (further: Event, starts?: Starting) =>
    journal.send({ service: eventsService, handler: 'accept', input: { event: further, ...starts }, key: further.id })
  try {
    await scheduler.drive(async () => {
      const program = programs.program(automation)
      if (program === undefined) throw new AutomationGone(automation)
      try {
        // What will be decided about is what the engine hands on, in which a Date is a text.
        const decide = (further: Event) => starting(programs, JSON.parse(JSON.stringify(further)) as Event)
        await program({ event, steps, starting: decide, commit })
      } finally {
        await steps.settleEffects()
      }
    })
  } catch (error) {
    if (error instanceof restate.CancelledError) {
      journal.cancelAsked()
      seen({ kind: 'run cancelled' })
    }
    if (error instanceof restate.TerminalError) throw error
    await checkEnd(context, admin)
    const { code, reason, stack } = failure(error)
    seen({ kind: 'run failed', code, reason, stack })
    throw new restate.TerminalError(`${code}: ${reason}`)
  }
  await checkEnd(context, admin)
  seen({ kind: 'run finished', ms: Date.now() - startedAt })
}

function sendRun<Event extends EngineEvent>(context: restate.Context, request: RunRequest<Event>): void {
  const key = runKey(request.automation, request.event.id, request.generation)
  sendTo(context, { service: runsService, method: 'run', input: request, key })
}

function sendTo(
  context: restate.Context,
  { service, method, input, key }: { service: string; method: string; input: unknown; key: string },
): void {
  context.genericSend({
    service,
    method,
    parameter: Buffer.from(JSON.stringify(input)),
    headers: { 'content-type': 'application/json' },
    idempotencyKey: key,
  })
}
