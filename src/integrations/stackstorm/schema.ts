import * as z from 'zod'

/** One execution of an action. */
export interface Execution {
  id: string
  /**
   * StackStorm's word: `requested`, `scheduled`, `delayed`, `running`, `pausing`, `paused`, `resuming`, `pending`,
   * `canceling`, or one of the ends `succeeded`, `failed`, `timeout`, `canceled`, `abandoned`.
   */
  status: string
  /** `core.remote`. */
  action: string
  /** The execution's page. */
  url?: string
  /** ISO 8601. */
  startedAt?: string
  /** ISO 8601. */
  endedAt?: string
}

const Moment = z.iso.datetime({ offset: true }).nullish()

/** https://api.stackstorm.com/api/v1/executions/ */
export const ExecutionAnswer = z.object({
  id: z.string(),
  status: z.string().max(100),
  action: z.object({ ref: z.string() }),
  web_url: z.url({ protocol: /^https?$/ }).nullish(),
  start_timestamp: Moment,
  end_timestamp: Moment,
})

/** What it left, which is whatever the action's runner makes of it; nothing before it ends. */
export const ResultAnswer = z.object({ id: z.string(), result: z.unknown().optional() })

/** The answer to a new execution. */
export const StartAnswer = z.object({ id: z.string() })

/**
 * The answer to a cancellation: the execution, or, with status 200 as well, that it is over and was not cancelled.
 * https://github.com/StackStorm/st2, st2api/controllers/v1/actionexecutions.py
 */
export const CancelAnswer = z.union([
  z.object({ id: z.string(), status: z.string() }),
  z.object({ faultstring: z.string().startsWith('Action cannot be canceled') }),
])

/** https://api.stackstorm.com/api/v1/traces/ */
export const TracesAnswer = z.array(
  z.object({ action_executions: z.array(z.object({ object_id: z.string(), ref: z.string() })) }),
)

/** st2api says this of an id that it does not know, and something else of an address that it does not know. */
export const NotThere = z.object({ faultstring: z.string().startsWith('Unable to identify resource with id') })

export function execution(answer: z.infer<typeof ExecutionAnswer>): Execution {
  const { id, status, action, web_url: url, start_timestamp: started, end_timestamp: ended } = answer
  return {
    id,
    status,
    action: action.ref,
    ...(url ? { url } : {}),
    ...(started ? { startedAt: new Date(started).toISOString() } : {}),
    ...(ended ? { endedAt: new Date(ended).toISOString() } : {}),
  }
}

/** What people look for in a result: what a command wrote, or else all of it as JSON. */
export function outputText(result: unknown): string {
  if (typeof result === 'string') return result
  if (typeof result === 'object' && result !== null && 'stdout' in result && typeof result.stdout === 'string')
    return result.stdout
  return JSON.stringify(result) ?? ''
}
