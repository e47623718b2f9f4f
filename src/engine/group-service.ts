import * as restate from '@restatedev/restate-sdk'
import { checkEnd } from './check-end.ts'
import { RunMisuse, StepRefused } from './engine-errors.ts'
import type { EngineEvent } from './engine-event.ts'
import { failure } from './failure.ts'
import { harmless } from './harmless.ts'
import { Journal } from './journal.ts'
import { Scheduler } from './scheduler.ts'
import { type GroupAnswer, type GroupRequest, groupsService } from './service-inputs.ts'
import type { ServicesOptions } from './services.ts'
import type { SharedHandling } from './shared-handling.ts'
import { Steps } from './steps.ts'

/**
 * What the runs of a group do one at a time: one makes something, and the others join it for as long as it is open. Who
 * only asks what there is gives no input, and gets nothing where there is nothing to join.
 */
export type GroupWork = (part: {
  steps: Steps
  input: unknown
  discriminator: string
  /** What there is to join, and how many parts it has; undefined where there is nothing. */
  present: GroupState | undefined
}) => Promise<{ made: unknown; isJoined: boolean } | undefined>

export interface GroupState {
  made: unknown
  parts: number
}

/**
 * The object that the runs of a group come to, one after the other in the order in which they ask. Each has it to
 * itself until it has its answer, is refused, or is cancelled; while it waits for a person, the others wait for it.
 */
export function groupService<Event extends EngineEvent>(options: ServicesOptions<Event>, handling: SharedHandling) {
  return restate.object({
    name: groupsService,
    handlers: {
      take: restate.handlers.object.exclusive(
        // The answer is kept, so that a run that is run again gets the same.
        { ...handling, idempotencyRetention: { days: options.retentionDays } },
        (context: restate.ObjectContext, request: GroupRequest) => take(context, request, options),
      ),
    },
  })
}

async function take<Event extends EngineEvent>(
  context: restate.ObjectContext,
  { automation, event, run, generation, question, discriminator, input }: GroupRequest,
  { programs, admin, memory, pauses, policy, observe }: ServicesOptions<Event>,
): Promise<GroupAnswer> {
  const about = { automation, event: event.id, run, generation }
  const scheduler = new Scheduler()
  const seen = harmless((observation) => observe({ ...about, ...observation }))
  const doubt = Math.max(generation, question)
  const journal = new Journal({ context, scheduler, memory, pauses, automation, generation: doubt, observe: seen })
  const steps = new Steps({ journal, memory, policy, automation, event, run })
  const present = (await context.get<GroupState>('group')) ?? undefined
  let answer: GroupAnswer
  try {
    const done = await scheduler.drive(async () => {
      if (programs.groupWork === undefined) throw new RunMisuse(`"${automation}" has nothing that it could group`)
      return programs.groupWork({ steps, input, discriminator, present })
    })
    const after = done && { made: done.made, parts: partsAfter(present, { ...done, isAsking: input === undefined }) }
    if (after !== undefined) context.set<GroupState>('group', after)
    answer = { kind: 'done', made: after?.made ?? null, number: after?.parts ?? 0 }
  } catch (error) {
    if (error instanceof restate.TerminalError) throw error
    answer = { kind: 'refused', generation, ...refusal(error) }
  }
  await checkEnd(context, admin)
  return answer
}

function partsAfter(present: GroupState | undefined, { isJoined, isAsking }: { isJoined: boolean; isAsking: boolean }) {
  if (!isJoined || present === undefined) return 1
  return isAsking ? present.parts : present.parts + 1
}

function refusal(error: unknown): { code: string; reason: string } {
  if (error instanceof StepRefused) return { code: error.reasonCode, reason: error.reason }
  const { code, reason } = failure(error)
  return { code, reason }
}
