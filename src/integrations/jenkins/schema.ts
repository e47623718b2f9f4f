import * as z from 'zod'

/** A build, or its place in the queue. */
export interface Build {
  /** `not_built`: a pipeline decided against it. */
  state: 'queued' | 'running' | 'success' | 'unstable' | 'failure' | 'aborted' | 'not_built'
  /** Why it waits, in Jenkins' words, while it is queued. */
  why?: string
  /** From here on known once it runs. */
  number?: number
  /** The build's page. */
  url?: string
  /** When it began, ISO 8601. */
  startedAt?: string
  /** How long it took; known once it is over. */
  seconds?: number
}

/** The newest builds that are looked at: one further back is not seen any more. */
export const recentBuilds = 300

/** A password has no value here, and neither has a file. */
const Actions = z.array(
  z.object({ parameters: z.array(z.object({ name: z.string(), value: z.unknown().optional() })).nullish() }).nullable(),
)

/** Asks for what is below and no more: without `tree`, Jenkins sends all that it knows. */
export const queueTree = 'items[id,why,actions[parameters[name,value]]]'
export const buildsTree = `allBuilds[number,url,queueId,building,result,timestamp,duration,actions[parameters[name,value]]]{0,${recentBuilds}}`
export const parametersTree = 'property[parameterDefinitions[name]]'

/** `GET /queue/api/json`: https://javadoc.jenkins.io/hudson/model/Queue.Item.html */
export const QueueAnswer = z.object({
  items: z.array(z.object({ id: z.int(), why: z.string().nullish(), actions: Actions })),
})

/** `GET /job/<name>/api/json`: https://javadoc.jenkins.io/hudson/model/Run.html, https://javadoc.jenkins.io/hudson/model/Result.html */
export const BuildsAnswer = z.object({
  allBuilds: z.array(
    z.object({
      number: z.int(),
      url: z.url({ protocol: /^https?$/ }),
      queueId: z.int(),
      building: z.boolean(),
      result: z.enum(['SUCCESS', 'UNSTABLE', 'FAILURE', 'ABORTED', 'NOT_BUILT']).nullable(),
      timestamp: z.int(),
      duration: z.int(),
      actions: Actions,
    }),
  ),
})

/** A job's properties, of which one may define parameters. */
export const ParametersAnswer = z.object({
  property: z.array(z.object({ parameterDefinitions: z.array(z.object({ name: z.string() })).nullish() }).nullable()),
})

export type QueueItem = z.infer<typeof QueueAnswer>['items'][number]
export type RawBuild = z.infer<typeof BuildsAnswer>['allBuilds'][number]

export function hasParameter({ actions }: Pick<RawBuild, 'actions'>, name: string, value: string): boolean {
  return actions.some((action) => action?.parameters?.some((each) => each.name === name && each.value === value))
}

export function queuedBuild({ why }: QueueItem): Build {
  return { state: 'queued', ...(why ? { why } : {}) }
}

export function startedBuild({ building, result, number, url, timestamp, duration }: RawBuild): Build {
  const startedAt = new Date(timestamp).toISOString()
  // A pipeline can have its result while it still builds.
  if (building || result === null) return { state: 'running', number, url, startedAt }
  return { state: states[result], number, url, startedAt, seconds: Math.round(duration / 1000) }
}

const states = {
  SUCCESS: 'success',
  UNSTABLE: 'unstable',
  FAILURE: 'failure',
  ABORTED: 'aborted',
  NOT_BUILT: 'not_built',
} as const
