import * as z from 'zod'
import type { ConfigFault } from '../errors/config-error.ts'
import type { Endpoint, Example, Fields } from './endpoint.ts'
import { describeFaults, faultText, fieldFaults } from './field-fault.ts'

const pathForm = /^\/(?:(?:[\w.~-]+|:\w+)(?:\/(?:[\w.~-]+|:\w+))*)?$/
const reserved = ['/health', '/ready', '/openapi.json', '/docs']

/** Everything that is wrong with the definitions of a server's endpoints, each with its method and path. */
export function endpointFaults(endpoints: readonly Endpoint[]): ConfigFault[] {
  const problems = endpoints.map((each) => ({ at: `${each.method} ${each.path}`, problems: faultsOf(each) }))
  const faults = problems.flatMap(({ at, problems }) => problems.map((problem) => ({ at, problem })))
  return [...faults, ...duplicates(endpoints)]
}

function faultsOf(endpoint: Endpoint): string[] {
  return [
    ...pathFaults(endpoint),
    ...headerFaults(endpoint.headers),
    ...authFaults(endpoint),
    ...bodyFaults(endpoint),
    ...statusFaults(endpoint),
    ...(endpoint.examples ?? []).flatMap((example) => exampleFaults(endpoint, example)),
  ]
}

function pathFaults({ path, params = {} }: Endpoint): string[] {
  if (!pathForm.test(path)) {
    return [
      'The path has to be segments of letters, digits and ".~_-" or parameters like ":name", without a slash at its end',
    ]
  }
  const inPath = parameterNames(path)
  const declared = Object.keys(params)
  return [
    ...inPath.filter((name) => !declared.includes(name)).map((name) => `The path's :${name} is not declared in params`),
    ...declared
      .filter((name) => !inPath.includes(name))
      .map((name) => `params declares ${name}, which is not in the path`),
    ...(new Set(inPath).size < inPath.length ? ['The path has two parameters of one name'] : []),
    ...(reserved.some((own) => path === own || path.startsWith(`${own}/`))
      ? ['The path is one of the server’s own']
      : []),
  ]
}

export function parameterNames(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
}

function headerFaults(headers: Fields = {}): string[] {
  return Object.keys(headers)
    .filter((name) => name !== name.toLowerCase())
    .map((name) => `The header ${name} has to be declared in lower case`)
}

function authFaults({ auth }: Endpoint): string[] {
  // The type demands an auth; a program that was not type-checked must not end up without one.
  const given: unknown = auth
  if (given === undefined) return ['There is no auth; open() is the word for none']
  const hasCheck = auth.kind === 'open' || auth.beforeBody !== undefined || auth.afterBody !== undefined
  return hasCheck ? [] : ['The auth has neither a check before the body nor one after it']
}

function bodyFaults({ method, body, maxBytes }: Endpoint): string[] {
  if (body !== undefined && method === 'GET') return ['A GET request has no body']
  const limit = body !== undefined && !(body instanceof z.ZodType) ? body.maxBytes : maxBytes
  return limit === undefined || (Number.isSafeInteger(limit) && limit > 0)
    ? []
    : ['maxBytes has to be a whole number above 0']
}

function statusFaults({ status, output }: Endpoint): string[] {
  if (status === undefined) return []
  if (!Number.isInteger(status) || status < 200 || status > 299) return ['The status has to be one of 200 to 299']
  return status === 204 && output !== undefined ? ['The status 204 goes with no output'] : []
}

function exampleFaults(endpoint: Endpoint, example: Example): string[] {
  const { params, query, body, output } = endpoint
  const schemas = {
    params: z.object(params ?? {}),
    query: z.object(query ?? {}),
    body: body instanceof z.ZodType ? body : z.unknown(),
    output: output ?? z.unknown(),
  }
  return (['params', 'query', 'body', 'output'] as const).flatMap((part) => {
    if (example[part] === undefined) return []
    const checked = z.object({ [part]: schemas[part] }).safeParse({ [part]: example[part] }, describeFaults)
    if (checked.success) return []
    return fieldFaults(checked.error).map(
      (fault) => `The ${part} of the example "${example.name}": ${faultText(fault)}`,
    )
  })
}

function duplicates(endpoints: readonly Endpoint[]): ConfigFault[] {
  const seen = new Set<string>()
  return endpoints.flatMap(({ method, path }) => {
    const identity = `${method} ${path.replaceAll(/:\w+/g, ':')}`
    if (seen.has(identity)) return [{ at: `${method} ${path}`, problem: 'Another endpoint has this method and path' }]
    seen.add(identity)
    return []
  })
}
