import { randomUUID } from 'node:crypto'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'
import type { AwxJob } from './schema.ts'

export interface AwxStandInOptions {
  /** What the templates prompt for when they are launched, by their numbers. Default: number 7, for everything. */
  templates?: Record<number, readonly Prompt[]>
  /** Default `/api/v2`. */
  apiPath?: string
  /** Default: a random one for each stand-in. */
  token?: string
  /** Default 0: the system picks one. */
  port?: number
}

export type Prompt = 'variables' | 'limit' | 'job_type'

export interface AwxStandIn extends HttpStandIn {
  token: string
  /** The jobs that were launched, oldest first. */
  jobs(): readonly { limit: string; jobType: string; variables: unknown }[]
  /** How far each job is that is there, oldest first. */
  statuses(): readonly AwxJob['status'][]
  /** All that is pending runs. */
  begin(): void
  /** All that runs ends like this. */
  finish(status: AwxJob['status'], counts?: Record<string, number>): void
  /** A person deletes all jobs. */
  deleteJobs(): void
}

interface StandInJob {
  id: number
  template: string
  status: AwxJob['status']
  limit: string
  jobType: string
  variables: Record<string, unknown>
  explanation: string
  counts: Record<string, number>
}

const started = '2026-11-02T10:00:00.123456Z'
const finished = '2026-11-02T10:01:01.654321Z'

/**
 * An AWX whose jobs a test begins and ends; on 127.0.0.1, listening once the promise resolves. As AWX, it ignores what a
 * template does not prompt for and says so, knows addresses only with the slash at their end, gives pages of at most 200,
 * and answers 405 where a job can't be cancelled any more.
 *
 * https://docs.ansible.com/automation-controller/latest/html/controllerapi/launch_jobtemplate.html, and
 * JobTemplateLaunch, JobCancel and JobSerializer of https://github.com/ansible/awx (read in November 2026)
 */
export async function startAwx({
  templates = { 7: ['variables', 'limit', 'job_type'] },
  apiPath = '/api/v2',
  token = randomUUID(),
  port = 0,
}: AwxStandInOptions = {}): Promise<AwxStandIn> {
  let jobs: StandInJob[] = []
  const launched: StandInJob[] = []

  const server = await httpStandIn({
    port,
    failure: (status, detail) => ({ status, json: { detail } }),
    routes: {
      [`GET ${apiPath}/me/`]: asked(() => ({ json: { count: 1, results: [{ id: 1, username: 'adder' }] } })),
      [`GET ${apiPath}/job_templates/:id/launch/`]: asked(({ params }) => {
        const prompts = promptsOf(params)
        if (prompts === undefined) return missing()
        const asks = (['variables', 'limit', 'job_type'] as const).map((each) => [
          `ask_${each}_on_launch`,
          prompts.includes(each),
        ])
        return { json: { ...Object.fromEntries(asks), can_start_without_user_input: true } }
      }),
      [`POST ${apiPath}/job_templates/:id/launch/`]: asked(launch),
      [`GET ${apiPath}/job_templates/:id/jobs/`]: asked(({ params, query }) => {
        if (promptsOf(params) === undefined) return missing()
        const own = jobs.filter(({ template }) => template === params.id)
        const sorted = query.get('order_by') === '-id' ? own.toReversed() : own
        const size = Math.min(Number(query.get('page_size') ?? 25), 200)
        return { json: { count: own.length, next: null, results: sorted.slice(0, size).map(shown) } }
      }),
      [`GET ${apiPath}/jobs/:id/`]: asked(({ params }) => {
        const job = jobs.find(({ id }) => String(id) === params.id)
        return job === undefined ? missing() : { json: shown(job) }
      }),
      [`POST ${apiPath}/jobs/:id/cancel/`]: asked(({ params }) => {
        const job = jobs.find(({ id }) => String(id) === params.id)
        if (job === undefined) return missing()
        if (!['new', 'pending', 'waiting', 'running'].includes(job.status))
          return { status: 405, json: { detail: 'Method "POST" not allowed.' } }
        Object.assign(job, { status: 'canceled' })
        return { status: 202 }
      }),
    },
  })

  function asked(handler: (request: StandInRequest) => StandInAnswer) {
    return (request: StandInRequest): StandInAnswer =>
      request.headers.authorization === `Bearer ${token}`
        ? handler(request)
        : { status: 401, json: { detail: 'Authentication credentials were not provided.' } }
  }

  function promptsOf({ id }: Record<string, string>): readonly Prompt[] | undefined {
    return templates[Number(id)]
  }

  function launch({ params, json }: StandInRequest): StandInAnswer {
    const prompts = promptsOf(params)
    if (prompts === undefined) return missing()
    const given = (json ?? {}) as { extra_vars?: Record<string, unknown>; limit?: string; job_type?: string } // as far as it is read
    if (!['run', 'check', undefined].includes(given.job_type))
      return { status: 400, json: { job_type: [`"${given.job_type}" is not a valid choice.`] } }
    const taken = <T>(prompt: Prompt, value: T | undefined, own: T) =>
      value !== undefined && prompts.includes(prompt) ? value : own
    const job: StandInJob = {
      id: launched.length + 1,
      template: params.id ?? '',
      status: 'pending',
      limit: taken('limit', given.limit, ''),
      jobType: taken('job_type', given.job_type, 'run'),
      variables: { site: 'paris', ...taken('variables', given.extra_vars, {}) },
      explanation: '',
      counts: {},
    }
    jobs.push(job)
    launched.push(job)
    return { status: 201, json: { job: job.id, ignored_fields: {}, ...shown(job) } }
  }

  function shown({ id, status, limit, jobType, variables, explanation, counts }: StandInJob) {
    const isOver = !['pending', 'running'].includes(status)
    return {
      id,
      type: 'job',
      status,
      playbook: 'isolate.yml',
      limit,
      job_type: jobType,
      extra_vars: JSON.stringify(variables),
      started: status === 'pending' ? null : started,
      finished: isOver ? finished : null,
      job_explanation: explanation,
      host_status_counts: isOver ? counts : null,
    }
  }

  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, {
    token,
    jobs: () => launched.map(({ limit, jobType, variables }) => ({ limit, jobType, variables })),
    statuses: () => jobs.map(({ status }) => status),
    begin() {
      for (const job of jobs.filter(({ status }) => status === 'pending')) Object.assign(job, { status: 'running' })
    },
    finish(status: AwxJob['status'], counts: Record<string, number> = {}) {
      for (const job of jobs.filter((each) => each.status === 'running'))
        Object.assign(job, {
          status,
          counts,
          explanation: status === 'error' ? 'The project could not be updated.' : '',
        })
    },
    deleteJobs() {
      jobs = []
    },
  })
}

function missing(): StandInAnswer {
  return { status: 404, json: { detail: 'Not found.' } }
}
