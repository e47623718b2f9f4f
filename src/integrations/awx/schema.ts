import * as z from 'zod'

/** A job of a job template. */
export interface AwxJob {
  id: number
  /** `failed`: a task did on a host, or a host could not be reached; `error`: it could not be played at all. */
  status: 'new' | 'pending' | 'waiting' | 'running' | 'successful' | 'failed' | 'error' | 'canceled'
  playbook: string
  /** The hosts and groups that it is limited to, as Ansible's pattern; empty for all of the inventory. */
  limit: string
  /** Whether it only says what it would change. */
  check: boolean
  /** ISO 8601; known once it runs. */
  startedAt?: string
  /** ISO 8601; known once it is over. */
  endedAt?: string
  /** Why it did not run or was ended, in AWX' words. */
  explanation?: string
  /** How many hosts ended how, each counted by the worst that happened on it. */
  hosts: { ok: number; changed: number; failed: number; unreachable: number }
}

const Moment = z.iso.datetime().nullish()
const count = z.int().min(0).default(0)

/**
 * `GET /api/v2/jobs/<id>/`: https://docs.ansible.com/automation-controller/latest/html/controllerapi/api_ref.html, and
 * JobDetailSerializer of https://github.com/ansible/awx. `dark` is its word for unreachable.
 */
export const JobAnswer = z.object({
  id: z.int(),
  status: z.enum(['new', 'pending', 'waiting', 'running', 'successful', 'failed', 'error', 'canceled']),
  playbook: z.string(),
  limit: z.string(),
  job_type: z.string(),
  started: Moment,
  finished: Moment,
  job_explanation: z.string().nullish(),
  host_status_counts: z.object({ ok: count, changed: count, failures: count, dark: count }).nullish(),
})

/** `GET /api/v2/job_templates/<id>/launch/`: what may be said when it is launched; the rest would be ignored. */
export const LaunchAnswer = z.object({
  ask_variables_on_launch: z.boolean(),
  ask_limit_on_launch: z.boolean(),
  ask_job_type_on_launch: z.boolean(),
})

/** `POST` to the same. A template that is cut into slices answers with a workflow job instead. */
export const LaunchedAnswer = z.object({ job: z.int() })

/** `GET /api/v2/job_templates/<id>/jobs/`. `extra_vars` is JSON in a text. */
export const JobsAnswer = z.object({ results: z.array(z.object({ id: z.int(), extra_vars: z.string() })) })

/** Not the 404 of a wrong address, which says "The requested resource could not be found." */
export const DoesNotExist = z.object({ detail: z.string().regex(/^(Not found\.|No \w+ matches the given query\.)$/) })

export function awxJob(answer: z.infer<typeof JobAnswer>): AwxJob {
  const { id, status, playbook, limit, job_type, started, finished, job_explanation, host_status_counts } = answer
  const { ok = 0, changed = 0, failures = 0, dark = 0 } = host_status_counts ?? {}
  return {
    id,
    status,
    playbook,
    limit,
    check: job_type === 'check',
    ...(started ? { startedAt: started } : {}),
    ...(finished ? { endedAt: finished } : {}),
    ...(job_explanation ? { explanation: job_explanation.slice(0, 1000) } : {}),
    hosts: { ok, changed, failed: failures, unreachable: dark },
  }
}
