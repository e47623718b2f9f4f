import { Problem, type ProblemOptions } from './problem.ts'

/** Every problem that the framework itself answers with; docs/endpoints.md lists the same ones. */
export const problemTypes = {
  'endpoint.invalid_request': { status: 400, title: 'The request is not as documented' },
  'endpoint.malformed_json': { status: 400, title: 'The body is not JSON' },
  'endpoint.invalid_utf8': { status: 400, title: 'The body is not UTF-8' },
  'endpoint.too_deep': { status: 400, title: 'The body is nested too deeply' },
  'endpoint.refused_key': { status: 400, title: 'The body has a key that is refused' },
  'endpoint.bad_http': { status: 400, title: 'The request is not HTTP as it should be' },
  'endpoint.unauthenticated': { status: 401, title: 'The caller is not known' },
  'endpoint.forbidden': { status: 403, title: 'The caller may not do this' },
  'endpoint.no_such_path': { status: 404, title: 'There is nothing at this path' },
  'endpoint.not_found': { status: 404, title: 'There is no such thing' },
  'endpoint.method_not_allowed': { status: 405, title: 'The path does not take this method' },
  'endpoint.too_slow': { status: 408, title: 'The request did not arrive in time' },
  'endpoint.too_large': { status: 413, title: 'The body is too large' },
  'endpoint.unsupported_media_type': { status: 415, title: 'The body has a content type that is not taken' },
  'endpoint.rate_limited': { status: 429, title: 'Too many requests' },
  'endpoint.headers_too_large': { status: 431, title: 'The headers are too large' },
  'endpoint.internal': { status: 500, title: 'Adder failed' },
  'endpoint.unavailable': { status: 503, title: 'Not available at the moment' },
  'endpoint.not_ready': { status: 503, title: 'Not ready' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof problemTypes

/** One of the framework's own problems, with its status and title from the table. */
export function problem(
  code: ProblemCode,
  detail: string,
  more: Omit<ProblemOptions, 'code' | 'detail' | 'status' | 'title'> = {},
): Problem {
  return new Problem({ ...problemTypes[code], code, detail, ...more })
}
