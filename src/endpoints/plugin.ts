import type { EndpointRequest, UncheckedRequest } from './request.ts'
import type { EndpointResponse } from './response.ts'

/** Looks at a request before the endpoint runs; throwing ends the request. */
export type BeforeFunction = (request: EndpointRequest) => void | Promise<void>

export interface BeforePlugin {
  name: string
  /** Runs once the auth has looked at the headers and before the body is read. */
  beforeBody?(request: UncheckedRequest): void | Promise<void>
  /** Runs on the whole, checked request. */
  before?: BeforeFunction
  /** Statuses that it answers with when it ends a request, for the OpenAPI document. */
  problems?: readonly number[]
}

/**
 * Runs on the checked result, before it is sent. What it returns is sent instead; undefined leaves the result as it
 * is. Through `response` it reads and sets the answer's status and headers. Throwing ends the request, and nothing of the
 * result goes out; headers that were set do.
 */
export type AfterFunction = (body: unknown, request: EndpointRequest, response: EndpointResponse) => unknown

export interface AfterPlugin {
  name: string
  after: AfterFunction
}

export type Before = BeforeFunction | BeforePlugin
export type After = AfterFunction | AfterPlugin

export function beforeBodyOf(plugins: readonly Before[]): ((request: UncheckedRequest) => void | Promise<void>)[] {
  return plugins.flatMap((plugin) =>
    typeof plugin === 'function' || plugin.beforeBody === undefined ? [] : [plugin.beforeBody.bind(plugin)],
  )
}

export function beforeOf(plugins: readonly Before[]): BeforeFunction[] {
  return plugins.flatMap((plugin) => {
    if (typeof plugin === 'function') return [plugin]
    return plugin.before === undefined ? [] : [plugin.before.bind(plugin)]
  })
}

export function afterOf(plugins: readonly After[]): AfterFunction[] {
  return plugins.map((plugin) => (typeof plugin === 'function' ? plugin : plugin.after.bind(plugin)))
}
