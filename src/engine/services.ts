import * as restate from '@restatedev/restate-sdk'
import type { Admin } from './admin.ts'
import type { EngineEvent } from './engine-event.ts'
import type { Ingress } from './ingress.ts'
import { Journal } from './journal.ts'
import type { Observe } from './observation.ts'
import type { ProcessMemory } from './process-memory.ts'
import { runKey } from './run-key.ts'
import { Scheduler } from './scheduler.ts'
import { type StepPolicy, Steps } from './steps.ts'

/** The automations, as the engine sees them. */
export interface Programs<Event extends EngineEvent> {
  /** The names of the automations that the event starts, in a stable order. */
  matching(event: Event): readonly string[]
  /** Runs one automation for one event; undefined where there is no automation of that name any more. */
  program(automation: string): ((run: RunInput<Event>) => Promise<unknown>) | undefined
}

export interface RunInput<Event extends EngineEvent> {
  event: Event
  steps: Steps
  /** Hands a further event to the engine, once. */
  commit(event: Event): void
}

interface RunRequest<Event extends EngineEvent> {
  automation: string
  event: Event
  generation: number
}

export interface ServicesOptions<Event extends EngineEvent> {
  programs: Programs<Event>
  ingress: Ingress
  admin: Admin
  memory: ProcessMemory
  policy: StepPolicy
  observe: Observe
  /** How long events, runs and their journals are kept, in days. */
  retentionDays: number
  inactivityTimeoutMs?: number
}

export const eventsService = 'adder.events'
export const runsService = 'adder.runs'

/** The engine's error code for a journal that the code no longer fits. */
const journalMismatchCode = 570

/** The two services that the engine calls: one takes events in, the other runs an automation for an event. */
export function services<Event extends EngineEvent>(options: ServicesOptions<Event>) {
  const { programs, ingress, admin, observe, retentionDays, inactivityTimeoutMs = 90_000 } = options
  const kept = { days: retentionDays }
  const handling = {
    idempotencyRetention: kept,
    journalRetention: kept,
    inactivityTimeout: inactivityTimeoutMs,
    // An attempt that fails is one of ours that was cut off. No outage of Adder is long enough to give up on it.
    retryPolicy: { initialInterval: 50, exponentiationFactor: 2, maxInterval: { seconds: 10 }, maxAttempts: 1_000_000 },
  } as const

  const events = restate.service({
    name: eventsService,
    handlers: {
      accept: restate.handlers.handler(
        { ...handling, hooks: [supersede<Event>((event) => nextGenerations(event))] },
        async (context: restate.Context, event: Event) => {
          const matched = programs.matching(event)
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
      acceptLate: restate.handlers.handler(handling, async (context: restate.Context, event: Event) => {
        sendTo(context, { service: eventsService, method: 'accept', input: event, key: event.id })
      }),
    },
  })

  const runs = restate.service({
    name: runsService,
    handlers: {
      run: restate.handlers.handler(
        {
          ...handling,
          hooks: [supersede<RunRequest<Event>>((request) => [{ ...request, generation: request.generation + 1 }])],
        },
        (context: restate.Context, request: RunRequest<Event>) => run(context, request, options),
      ),
    },
  })

  return [events, runs] as const

  function nextGenerations(event: Event): RunRequest<Event>[] {
    return programs.matching(event).map((automation) => ({ automation, event, generation: 1 }))
  }

  /** When the code has changed under a run, the next generation is in before the present one ends. */
  function supersede<Input>(next: (input: Input) => RunRequest<Event>[]): restate.HooksProvider {
    return ({ request }) => ({
      interceptor: {
        handler: async (proceed) => {
          try {
            await proceed()
          } catch (error) {
            if (isJournalMismatch(error)) {
              const input = JSON.parse(Buffer.from(request.body).toString('utf8')) as Input // what the handler takes
              for (const each of next(input)) await begin(each)
              // The engine itself would try the present one for ever.
              await admin.kill(request.id)
            }
            throw error
          }
        },
      },
    })
  }

  async function begin(request: RunRequest<Event>): Promise<void> {
    const { automation, event, generation } = request
    const key = runKey(automation, event.id, generation)
    await ingress.send({ service: runsService, handler: 'run', input: request, key })
    observe({ kind: 'run superseded', automation, event: event.id, generation })
  }
}

function isJournalMismatch(error: unknown): boolean {
  return error instanceof restate.RestateError && error.code === journalMismatchCode
}

async function run<Event extends EngineEvent>(
  context: restate.Context,
  { automation, event, generation }: RunRequest<Event>,
  { programs, memory, policy, observe }: ServicesOptions<Event>,
): Promise<void> {
  const startedAt = Date.now()
  const about = { automation, event: event.id, run: context.request().id, generation }
  const seen: Observe = (observation) => observe({ ...about, ...observation })
  seen({ kind: 'run started' })
  const program = programs.program(automation)
  if (program === undefined) {
    seen({ kind: 'run failed', code: 'run.automation_gone', reason: `There is no automation "${automation}" any more` })
    throw new restate.TerminalError(`There is no automation "${automation}" any more`)
  }
  const scheduler = new Scheduler()
  const journal = new Journal({ context, scheduler, memory, generation, observe: seen })
  const steps = new Steps({ journal, memory, policy, automation, event })
  const commit = (further: Event) =>
    journal.send({ service: eventsService, handler: 'accept', input: further, key: further.id })
  try {
    await scheduler.drive(() => program({ event, steps, commit }))
  } catch (error) {
    if (error instanceof restate.CancelledError) seen({ kind: 'run cancelled' })
    if (error instanceof restate.TerminalError) throw error
    const { code, reason, stack } = failure(error)
    seen({ kind: 'run failed', code, reason, stack })
    throw new restate.TerminalError(`${code}: ${reason}`)
  }
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

function failure(error: unknown): { code: string; reason: string; stack?: string | undefined } {
  if (!(error instanceof Error)) return { code: 'run.failed', reason: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'run.failed'
  return { code, reason: error.message, stack: error.stack }
}
