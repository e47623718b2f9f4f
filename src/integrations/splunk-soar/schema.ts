import * as z from 'zod'

/** One run of a playbook on a container. */
export interface PlaybookRun {
  id: number
  state: 'pending' | 'running' | 'success' | 'failed' | 'cancelled'
  /** The container that it runs on. */
  container: number
  /** What it says of its actions and its end, in Splunk SOAR's words (most often JSON); the first 10,000 characters. */
  message?: string
  /** ISO 8601. */
  startedAt?: string
  /** The container's page. */
  url: string
}

const maxMessageLength = 10_000

const Id = z.int().positive()
const Time = z.iso.datetime({ offset: true }).nullish()

/** What `POST /rest/container` says, and what every refusal says: REST Containers, "Create a container". */
export const ContainerAnswer = z.union([
  z.object({ success: z.literal(true), id: Id }),
  z.object({ failed: z.literal(true), existing_container_id: Id }),
  z.object({ failed: z.literal(true), message: z.string() }),
])

/** A list of what was asked for, one page of it: Query for Data. */
export const ContainersAnswer = z.object({ data: z.array(z.object({ id: Id })) })
export const PlaybookRunsAnswer = z.object({ data: z.array(z.object({ id: Id, start_time: Time })) })

/** `POST /rest/playbook_run`: REST Run Playbook, which shows the id as a text. */
export const StartedAnswer = z.object({
  received: z.literal(true),
  playbook_run_id: z.union([Id, z.string().regex(/^[1-9]\d{0,14}$/)]),
})

/**
 * `GET /rest/playbook_run/<id>`: REST Run Playbook. The page lists no states. A state that is not known here is no
 * answer, so that none is taken for the end which isn't.
 */
export const PlaybookRunAnswer = z.object({
  id: Id,
  container: Id,
  status: z.enum(['pending', 'running', 'success', 'failed', 'cancelled']),
  /** Who or what cancelled it; empty where nobody did. */
  cancelled: z.string().nullish(),
  message: z.string().nullish(),
  start_time: Time,
})

export const NotFoundAnswer = z.object({ failed: z.literal(true), message: z.string() })

export function playbookRun(
  { id, container, status, cancelled, message, start_time }: z.infer<typeof PlaybookRunAnswer>,
  url: string,
): PlaybookRun {
  return {
    id,
    state: cancelled ? 'cancelled' : status,
    container,
    ...(message ? { message: message.slice(0, maxMessageLength) } : {}),
    ...(start_time ? { startedAt: new Date(start_time).toISOString() } : {}),
    url,
  }
}
