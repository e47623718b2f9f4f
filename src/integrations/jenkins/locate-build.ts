import * as z from 'zod'
import type { CallOptions } from '../../connectors/effect.ts'
import * as http from '../../connectors/http.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import {
  BuildsAnswer,
  buildsTree,
  QueueAnswer,
  type QueueItem,
  queueTree,
  type RawBuild,
  recentBuilds,
} from './schema.ts'

export const Job = z
  .string()
  .max(500)
  .regex(/^[^/]+(\/[^/]+)*$/, 'is no name such as scan or security/scan')
export const StartedInput = z.object({ job: Job, queueItem: z.int().positive() })

/** What was started, and what `build`, `console` and `stop` are about. */
export type StartedBuild = z.infer<typeof StartedInput>

export interface Place {
  job: string
  isQueued(item: QueueItem): boolean
  isBuilt(build: RawBuild): boolean
}

export interface Located {
  queued?: QueueItem
  built?: RawBuild | undefined
  /** When the oldest of the builds that were seen began, where there may be older ones. */
  sinceMs?: number
}

export function locateStarted(
  channel: http.HttpChannel,
  call: CallOptions,
  { job, queueItem }: StartedBuild,
): Promise<Located> {
  return locateBuild(channel, call, {
    job,
    isQueued: ({ id }) => id === queueItem,
    isBuilt: ({ queueId }) => queueId === queueItem,
  })
}

/** The queue comes first: what leaves it meanwhile is among the builds then. */
export async function locateBuild(
  { send, what }: http.HttpChannel,
  { signal }: CallOptions,
  { job, isQueued, isBuilt }: Place,
): Promise<Located> {
  const jobsPath = `${jobPath(job)}/api/json`
  const queue = await send({ path: '/queue/api/json', query: { tree: queueTree }, signal })
  const queued = parseAnswer(QueueAnswer, queue.json, what).items.find(isQueued)
  if (queued !== undefined) return { queued }
  const builds = await send({ path: jobsPath, query: { tree: buildsTree }, signal })
  const { allBuilds } = parseAnswer(BuildsAnswer, builds.json, what)
  const oldest = allBuilds[recentBuilds - 1]
  // The oldest, for a person who rebuilds a build copies its marker.
  return { built: allBuilds.findLast(isBuilt), ...(oldest && { sinceMs: oldest.timestamp }) }
}

export function jobPath(job: string): string {
  return job
    .split('/')
    .map((name) => http.path`/job/${name}`)
    .join('')
}
