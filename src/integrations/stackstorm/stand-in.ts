import { randomBytes, randomUUID } from 'node:crypto'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'

export interface StackStormStandInOptions {
  /** The actions by their references, and the parameters that each takes. */
  actions?: Record<string, readonly string[]>
  /** Default: a random one for each stand-in. */
  apiKey?: string
  /** Default 0: the system picks one. */
  port?: number
}

export interface StackStormStandIn extends HttpStandIn {
  apiKey: string
  /** The actions that were run, oldest first. */
  executions(): readonly { action: string; parameters: Record<string, unknown> }[]
  /** How far each execution is that is there, oldest first. */
  statuses(): readonly string[]
  /** All that has not ended yet is so far. */
  advance(status: string, result?: unknown): void
  /** A person purges all executions. */
  purge(): void
}

interface StandInExecution {
  id: string
  action: { ref: string }
  parameters: Record<string, unknown>
  status: string
  web_url: string
  start_timestamp: string
  end_timestamp?: string
  result?: unknown
}

interface Trace {
  id: string
  trace_tag: string
  action_executions: { object_id: string; ref: string }[]
}

const ends = ['succeeded', 'failed', 'timeout', 'canceled', 'abandoned']
const fields = ['action', 'parameters', 'context', 'user', 'notify', 'delay', 'callback', 'runner_info']

/**
 * A StackStorm whose executions a test drives; on 127.0.0.1, listening once the promise resolves. As st2api, it refuses
 * a wrong key, unknown fields, unknown parameters, and Jinja that it can't render, which is all of it here.
 *
 * https://api.stackstorm.com; st2api/controllers/v1/actionexecutions.py, traces.py and st2common/models/api/action.py of
 * https://github.com/StackStorm/st2 (read in November 2026)
 */
export async function startStackStorm({
  actions = { 'security.scan': ['host', 'depth'] },
  apiKey = randomUUID(),
  port = 0,
}: StackStormStandInOptions = {}): Promise<StackStormStandIn> {
  let executions: StandInExecution[] = []
  const traces: Trace[] = []

  const server = await httpStandIn({
    port,
    failure,
    routes: {
      'GET /api/v1/executions': asked(({ query }) => ({ json: executions.map((each) => shown(each, query)) })),
      'POST /api/v1/executions': asked(run),
      'GET /api/v1/executions/:id': asked(({ params: { id }, query }) => {
        const execution = executions.find((each) => each.id === id)
        return execution === undefined
          ? failure(404, `Unable to identify resource with id "${id}".`)
          : { json: shown(execution, query) }
      }),
      'DELETE /api/v1/executions/:id': asked(({ params: { id } }) => {
        const execution = executions.find((each) => each.id === id)
        if (execution === undefined) return failure(404, `Unable to identify resource with id "${id}".`)
        if (ends.includes(execution.status) && execution.status !== 'canceled')
          return failure(200, `Action cannot be canceled. State = ${execution.status}.`)
        // What nobody has begun is cancelled at once, the rest when its runner has seen to it.
        if (execution.status !== 'canceled')
          execution.status = execution.status === 'requested' ? 'canceled' : 'canceling'
        return { json: execution }
      }),
      'GET /api/v1/traces': asked(({ query }) => ({
        json: traces.filter(({ trace_tag: tag }) => tag === query.get('trace_tag')),
      })),
    },
  })

  function asked(handler: (request: StandInRequest) => StandInAnswer) {
    return (request: StandInRequest): StandInAnswer =>
      request.headers['st2-api-key'] === apiKey
        ? handler(request)
        : failure(401, 'Unauthorized - ApiKey with key_hash=... not found.')
  }

  function run({ json }: StandInRequest): StandInAnswer {
    const body = (json ?? {}) as Record<string, unknown> // what is read of it is checked below
    const unknown = Object.keys(body).find((name) => !fields.includes(name))
    if (unknown !== undefined)
      return failure(400, `Additional properties are not allowed ('${unknown}' was unexpected)`)
    const {
      action,
      parameters = {},
      context,
    } = body as {
      action?: string
      parameters?: Record<string, unknown>
      context?: { trace_context?: { trace_tag?: string } }
    }
    const taken = actions[action ?? '']
    if (action === undefined || taken === undefined) return failure(400, `Action "${action}" cannot be found.`)
    const extra = Object.keys(parameters).find((name) => !taken.includes(name))
    if (extra !== undefined) return failure(400, `Additional properties are not allowed ('${extra}' was unexpected)`)
    if (JSON.stringify(parameters).includes('{{')) return failure(400, 'Failed to render parameter')

    const id = randomBytes(12).toString('hex')
    const execution = {
      id,
      action: { ref: action },
      parameters,
      status: 'requested',
      web_url: `${server.url}/#/history/${id}/general`,
      start_timestamp: new Date().toISOString(),
    }
    executions.push(execution)
    const tag = context?.trace_context?.trace_tag ?? `execution-${id}`
    traces.push({
      id: randomBytes(12).toString('hex'),
      trace_tag: tag,
      action_executions: [
        { object_id: id, ref: action },
        { object_id: randomBytes(12).toString('hex'), ref: 'core.noop' },
      ],
    })
    return { status: 201, json: execution }
  }

  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, {
    apiKey,
    executions: () => executions.map(({ action, parameters }) => ({ action: action.ref, parameters })),
    statuses: () => executions.map(({ status }) => status),
    advance(status: string, result?: unknown) {
      for (const each of executions.filter((execution) => !ends.includes(execution.status)))
        Object.assign(each, {
          status,
          result,
          ...(ends.includes(status) ? { end_timestamp: new Date().toISOString() } : {}),
        })
    },
    purge() {
      executions = []
    },
  })
}

function shown(execution: StandInExecution, query: URLSearchParams): Record<string, unknown> {
  const excluded = query.get('exclude_attributes')?.split(',') ?? []
  return Object.fromEntries(Object.entries(execution).filter(([name]) => !excluded.includes(name)))
}

function failure(status: number, faultstring: string): StandInAnswer {
  return { status, json: { faultstring } }
}
