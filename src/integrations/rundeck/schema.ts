import * as z from 'zod'

/** One execution of a job. */
export interface Execution {
  id: number
  /** Rundeck's word: `scheduled`, `running`, `succeeded`, `failed`, `aborted`, `timedout`, `failed-with-retry`, `other`. */
  status: string
  /** What a job with a status of its own said, where `status` is `other`. */
  customStatus?: string
  project: string
  /** The execution's page. */
  url: string
  /** ISO 8601. */
  startedAt?: string
  /** ISO 8601. */
  endedAt?: string
  /** The nodes on which it failed; the first 100. */
  failedNodes?: readonly string[]
}

const Moment = z.object({ unixtime: z.int() }).nullish()

/** https://docs.rundeck.com/docs/api/#execution-info */
export const ExecutionAnswer = z.object({
  id: z.int(),
  status: z.string().max(100),
  customStatus: z.string().max(1000).nullish(),
  project: z.string(),
  permalink: z.url({ protocol: /^https?$/ }),
  'date-started': Moment,
  'date-ended': Moment,
  failedNodes: z.array(z.string()).nullish(),
})

/** https://docs.rundeck.com/docs/api/#running-a-job */
export const RunAnswer = z.object({ id: z.int() })

/** https://docs.rundeck.com/docs/api/#getting-executions-for-a-job */
export const ExecutionsAnswer = z.object({
  executions: z.array(
    z.object({
      id: z.int(),
      job: z.object({ options: z.record(z.string(), z.unknown()).nullish() }).nullish(),
      'date-started': Moment,
    }),
  ),
})

/** https://docs.rundeck.com/docs/manual/document-format-reference/job-json-v44.html */
export const JobAnswer = z.array(z.object({ options: z.array(z.object({ name: z.string() })).nullish() })).length(1)

/** https://docs.rundeck.com/docs/api/#execution-output */
export const OutputAnswer = z.object({ entries: z.array(z.object({ log: z.string() })) })

/** https://docs.rundeck.com/docs/api/#aborting-executions */
export const AbortAnswer = z.object({
  abort: z.object({ status: z.string().max(100), reason: z.string().nullish() }),
  execution: z.object({ status: z.string().max(100) }),
})

/** https://docs.rundeck.com/docs/api/#error-responses; the code is that of rundeck's ExecutionController. */
export const DoesNotExist = z.object({ error: z.literal(true), errorCode: z.literal('api.error.item.doesnotexist') })

export function execution(answer: z.infer<typeof ExecutionAnswer>): Execution {
  const { id, status, customStatus, project, permalink, failedNodes } = answer
  const started = answer['date-started']
  const ended = answer['date-ended']
  return {
    id,
    status,
    ...(customStatus ? { customStatus } : {}),
    project,
    url: permalink,
    ...(started ? { startedAt: new Date(started.unixtime).toISOString() } : {}),
    ...(ended ? { endedAt: new Date(ended.unixtime).toISOString() } : {}),
    ...(failedNodes ? { failedNodes: failedNodes.slice(0, 100) } : {}),
  }
}
