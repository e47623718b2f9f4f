import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'

export interface SplunkSoarStandInOptions {
  /** Default: a random one for each stand-in. */
  token?: string
  /** The playbooks that there are. Default `local/contain_host`. */
  playbooks?: readonly string[]
  /** Default 0: the system picks one. */
  port?: number
}

export interface StandInContainer {
  id: number
  name: string
  label: string
  severity: string
  description: string
  source_data_identifier: string
  artifacts: readonly z.infer<typeof Artifact>[]
}

export interface StandInRun {
  id: number
  container: number
  /** Its name without the repository. */
  playbook: string
  status: 'pending' | 'running' | 'success' | 'failed'
  cancelled: string
  message: string
  start_time: string | null
}

export interface SplunkSoarStandIn extends HttpStandIn {
  token: string
  containers(): readonly StandInContainer[]
  runs(): readonly StandInRun[]
  /** How long new runs stay out of the list from now on, in milliseconds. */
  lagSearch(ms: number): void
  /** All that waits begins. */
  begin(): void
  /** All that runs ends like this. */
  finish(status: 'success' | 'failed', message?: string): void
  /** A person cancels all that is not over. */
  cancel(): void
}

/** The fields of REST Artifact that may be in the artifacts of a container. */
const Artifact = z.strictObject({
  name: z.string().optional(),
  label: z.string().optional(),
  severity: z.string().optional(),
  cef: z.record(z.string(), z.unknown()).optional(),
  cef_types: z.record(z.string(), z.array(z.string())).optional(),
  source_data_identifier: z.string().optional(),
  run_automation: z.boolean().optional(),
})

/** The fields of REST Containers, as far as a stand-in keeps them. */
const Container = z.strictObject({
  name: z.string().min(1),
  label: z.literal(['events', 'incidents']),
  description: z.string().default(''),
  severity: z.literal(['low', 'medium', 'high']).default('medium'),
  source_data_identifier: z.string().default(() => randomUUID()),
  artifacts: z.array(Artifact).default([]),
})

/** REST Run Playbook. */
const Run = z.strictObject({
  container_id: z.int(),
  playbook_id: z.string(),
  scope: z.union([z.literal(['all', 'new']), z.array(z.int())]).optional(),
  run: z.literal(true),
})

/**
 * A Splunk SOAR whose playbooks a test drives; on 127.0.0.1, listening once the promise resolves. It refuses unknown
 * fields, labels, severities, containers and playbooks, takes no second container with the same
 * `source_data_identifier`, and knows the filters that the connector asks with.
 *
 * https://help.splunk.com/en/splunk-soar/soar-cloud/rest-api-reference: Query for Data, REST Containers, REST Run Playbook
 * (read in November 2026)
 */
export async function startSplunkSoar({
  token = randomUUID(),
  playbooks = ['local/contain_host'],
  port = 0,
}: SplunkSoarStandInOptions = {}): Promise<SplunkSoarStandIn> {
  const containers: StandInContainer[] = []
  const runs: StandInRun[] = []
  const askedAt = new Map<number, number>()
  let lagMs = 0

  const server = await httpStandIn({
    port,
    failure,
    routes: {
      'GET /rest/container': asked(({ query }) => list(containers, query, ['source_data_identifier'])),
      'POST /rest/container': asked(open),
      'GET /rest/playbook_run': asked(({ query }) => {
        const listed = runs.filter(({ id }) => (askedAt.get(id) ?? 0) + lagMs <= Date.now())
        return list(listed, query, ['container', 'playbook__name'])
      }),
      'POST /rest/playbook_run': asked(run),
      'GET /rest/playbook_run/:id': asked(({ params }) => {
        const found = runs.find(({ id }) => String(id) === params.id)
        return found === undefined ? failure(404, 'Requested item not found') : { json: found }
      }),
    },
  })

  function asked(handler: (request: StandInRequest) => StandInAnswer) {
    return (request: StandInRequest): StandInAnswer =>
      request.headers['ph-auth-token'] === token ? handler(request) : failure(401, 'Invalid token')
  }

  function open({ json }: StandInRequest): StandInAnswer {
    const { data, error } = Container.safeParse(json)
    if (error) return failure(400, z.prettifyError(error))
    const present = containers.find((each) => each.source_data_identifier === data.source_data_identifier)
    if (present !== undefined)
      return {
        status: 400,
        json: {
          failed: true,
          message: `duplicate with container ${present.id}`,
          existing_container_id: present.id,
        },
      }
    const id = containers.length + 1
    containers.push({ id, ...data })
    return { json: { success: true, id } }
  }

  function run({ json }: StandInRequest): StandInAnswer {
    const { data, error } = Run.safeParse(json)
    if (error) return failure(400, z.prettifyError(error))
    const { container_id: container, playbook_id: playbook } = data
    if (!containers.some(({ id }) => id === container)) return failure(400, `Container ${container} not found`)
    if (!playbooks.includes(playbook)) return failure(400, `Playbook ${playbook} not found`)
    const id = runs.length + 1
    const name = playbook.split('/')[1] ?? ''
    const waiting = { status: 'pending', cancelled: '', message: '', start_time: null } as const
    runs.push({ id, container, playbook: name, ...waiting })
    askedAt.set(id, Date.now())
    return { json: { playbook_run_id: String(id), received: true } }
  }

  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, {
    token,
    containers: () => containers,
    runs: () => runs,
    lagSearch(ms: number) {
      lagMs = ms
    },
    begin() {
      for (const each of runs.filter(({ status }) => status === 'pending'))
        Object.assign(each, { status: 'running', start_time: new Date().toISOString() })
    },
    finish(status: 'success' | 'failed', message = '') {
      for (const each of runs.filter((run) => run.status === 'running')) Object.assign(each, { status, message })
    },
    cancel() {
      for (const each of runs.filter(({ status }) => status === 'pending' || status === 'running'))
        Object.assign(each, { status: 'failed', cancelled: 'admin' })
    },
  })
}

const fieldOf: Record<string, string> = { playbook__name: 'playbook' }

/** A page of records; texts in filters stand in quotes. */
function list(records: readonly { id: number }[], query: URLSearchParams, filters: readonly string[]): StandInAnswer {
  const known = ['page', 'page_size', 'sort', 'order', ...filters.map((name) => `_filter_${name}`)]
  const unknown = [...query.keys()].find((name) => !known.includes(name))
  if (unknown !== undefined) return failure(400, `Unknown parameter ${unknown}`)
  const matching = records.filter((record) =>
    filters.every((name) => {
      const wanted = query.get(`_filter_${name}`)
      const value = Object.entries(record).find(([field]) => field === (fieldOf[name] ?? name))?.[1]
      return wanted === null || wanted === JSON.stringify(value)
    }),
  )
  const sorted = query.get('order') === 'desc' ? matching.toReversed() : matching
  const data = sorted.slice(0, Number(query.get('page_size') ?? 10))
  return { json: { count: matching.length, num_pages: 1, data } }
}

function failure(status: number, message: string): StandInAnswer {
  return { status, json: { failed: true, message } }
}
