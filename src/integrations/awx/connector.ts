import * as z from 'zod'
import type { CallOptions, Effect } from '../../connectors/effect.ts'
import * as http from '../../connectors/http.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import { type AwxJob, awxJob, DoesNotExist, JobAnswer, JobsAnswer, LaunchAnswer, LaunchedAnswer } from './schema.ts'

export interface AwxOptions {
  /** Where people open AWX: `https://awx.acme.example`. */
  url: string
  /** An OAuth 2 token of a user, with the scope "Write". */
  token: Secret
  /** `/api/v2` (the default) for AWX and Ansible Automation Platform up to 2.4; `/api/controller/v2` from 2.5. */
  apiPath?: '/api/v2' | '/api/controller/v2'
}

/** The variable by which a job is found again. */
const markerVariable = 'adder_marker'
/** The newest jobs of a template among which one without an answer is looked for: the largest page that AWX gives. */
const recentJobs = 200
const longestVariables = 100_000

/** Plain names: in a pattern, what an alert brings could mean more hosts than one. */
const HostName = z
  .string()
  .max(253)
  .regex(/^\w[\w.-]*$/, 'is no name of a host or a group')
  .refine((name) => name !== 'all' && name !== 'ungrouped', 'means hosts that nobody named; name a group of your own')
const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const LaunchVariables = z
  .record(z.string().regex(/^[A-Za-z_]\w{0,99}$/, 'is no name of a variable'), z.union([Scalar, z.array(Scalar)]))
  .refine((values) => JSON.stringify(values).length <= longestVariables, `is over ${longestVariables} characters`)
  .refine((values) => !Object.hasOwn(values, markerVariable), `${markerVariable} is Adder's own`)

const LaunchInput = z.object({
  /** The job template's number, as in the address of its page. */
  template: z.int().positive(),
  /** Default: the template's own. */
  limit: z.array(HostName).min(1, 'is empty, which would mean all hosts').max(200).optional(),
  variables: LaunchVariables.default({}),
  /** Whether it only says what it would change. Default: as the template says. */
  check: z.boolean().optional(),
})
const JobInput = z.object({ id: z.int().positive() })

/** What was launched, and what `job` and `cancel` are about. */
export type LaunchedJob = z.infer<typeof JobInput>

const unfinished: readonly AwxJob['status'][] = ['new', 'pending', 'waiting', 'running']

/** Whether a job is over, well or not. */
export function isOver({ status }: Pick<AwxJob, 'status'>): boolean {
  return !unfinished.includes(status)
}

/**
 * Launches the job templates of AWX and Ansible Automation Platform, tells how far their jobs are, and cancels them.
 *
 * `launch({ template, limit, variables, check })` starts a job. The template has to ask for variables when it is launched,
 * one of which, `adder_marker`, is how the job is found again where the answer got lost, among the template's newest 200;
 * and for the limit and the job type where these are given. AWX would ignore what it does not ask for, so nothing is
 * launched then. Templates that are cut into slices are not for this. `job(launched)` says how far it is, and
 * `cancel(launched)` ends it.
 *
 * https://docs.ansible.com/automation-controller/latest/html/controllerapi/launch_jobtemplate.html and
 * https://github.com/ansible/awx (read in November 2026)
 */
export function connector(options: AwxOptions) {
  expectOptions('awx.connector', options, {
    url: 'string',
    token: 'any',
    apiPath: ['/api/v2', '/api/controller/v2', undefined],
  })
  const { url, token, apiPath = '/api/v2' } = options
  const jobQuestion = {
    request: ({ id }: LaunchedJob) => ({ path: apiPath + http.path`/jobs/${String(id)}/` }),
    answer: JobAnswer,
    notFound: { status: 404, answer: DoesNotExist },
  }
  return http.connector({
    integration: 'awx',
    title: 'AWX',
    docs: 'https://docs.ansible.com/automation-controller/latest/html/controllerapi/launch_jobtemplate.html',
    baseUrl: url,
    auth: http.bearer(token),
    lookups: { job: http.lookup({ input: JobInput, ...jobQuestion, found: awxJob }) },
    effects: {
      launch: launch(apiPath),
      cancel: http.effect({
        once: 'by state',
        finding: 'cheap',
        input: JobInput,
        request: ({ id }) => ({ path: apiPath + http.path`/jobs/${String(id)}/cancel/` }),
        answer: z.unknown(),
        made: (_, { id }) => ({ id }),
        find: { ...jobQuestion, found: (job) => (isOver(job) ? { id: job.id } : undefined) },
      }),
    },
    probe: { path: `${apiPath}/me/` },
  })
}

function launch(apiPath: string) {
  const templatePath = (template: number) => apiPath + http.path`/job_templates/${String(template)}`
  const launchOnce = http.effect({
    once: 'by marker',
    finding: 'cheap',
    input: LaunchInput,
    request: ({ template, limit, variables, check }, { marker }) => ({
      path: `${templatePath(template)}/launch/`,
      body: {
        extra_vars: { ...variables, [markerVariable]: marker },
        ...(limit === undefined ? {} : { limit: limit.join(',') }),
        ...(check === undefined ? {} : { job_type: check ? 'check' : 'run' }),
      },
    }),
    answer: LaunchedAnswer,
    made: ({ job }) => ({ id: job }),
    find: {
      request: ({ template }) => ({
        path: `${templatePath(template)}/jobs/`,
        query: { order_by: '-id', page_size: recentJobs },
      }),
      answer: JobsAnswer,
      found({ results }, _, { marker }) {
        const ours = results.find(({ extra_vars }) => extra_vars.includes(marker))
        return ours && { id: ours.id }
      },
    },
  })
  return (channel: http.HttpChannel): Effect<z.input<typeof LaunchInput>, LaunchedJob> => {
    const effect = launchOnce(channel)
    return {
      ...effect,
      async make(given, call) {
        const input = http.checked(LaunchInput, given, channel)
        await checkPrompts(channel, { ...input, path: `${templatePath(input.template)}/launch/` }, call)
        return effect.make(given, call)
      },
    }
  }
}

async function checkPrompts(
  { send, what }: http.HttpChannel,
  { path, limit, check }: Pick<z.output<typeof LaunchInput>, 'limit' | 'check'> & { path: string },
  { signal }: CallOptions,
): Promise<void> {
  const { status, json } = await send({ path, signal })
  const asks = parseAnswer(LaunchAnswer, json, what)
  const missing = [
    ...(asks.ask_variables_on_launch ? [] : ['variables']),
    ...(limit === undefined || asks.ask_limit_on_launch ? [] : ['limit']),
    ...(check === undefined || asks.ask_job_type_on_launch ? [] : ['job type']),
  ]
  if (missing.length === 0) return
  const problem = `the template does not prompt on launch for its ${missing.join(', ')}, and would ignore what is sent`
  throw new ConnectorRefused(`${what}: ${problem}; nothing was launched`, { status })
}
