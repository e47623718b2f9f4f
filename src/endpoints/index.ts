export { type Auth, type AuthServices, type CheckedAuth, type OpenAuth, open, type SecurityScheme } from './auth.ts'
export { type Bytes, bytes } from './bytes.ts'
export { createServer, type ServerOptions } from './create-server.ts'
export { type Endpoint, type EndpointDefinition, type Example, endpoint, type RunInput } from './endpoint.ts'
export type { EndpointContext } from './endpoint-context.ts'
export {
  type Bounds,
  boolean,
  date,
  dateTime,
  integer,
  type JsonValue,
  json,
  list,
  nested,
  number,
  oneOf,
  pattern,
  string,
} from './fields.ts'
export type { Readiness } from './health.ts'
export { type HmacOptions, hmac } from './hmac.ts'
export { createLog, type LogOptions } from './log.ts'
export { parseJson } from './parse-json.ts'
export type { After, AfterFunction, AfterPlugin, Before, BeforeFunction, BeforePlugin } from './plugin.ts'
export { type FieldFault, Problem, type ProblemOptions } from './problem.ts'
export { type ProblemCode, problem, problemTypes } from './problem-types.ts'
export { type RateLimitOptions, rateLimit } from './rate-limit.ts'
export { redact } from './redact.ts'
export type { Caller, EndpointRequest, UncheckedRequest } from './request.ts'
export type { EndpointResponse } from './response.ts'
export { token } from './token.ts'
export type { Token, Tokens } from './tokens.ts'
export { type SignatureCheck, verifySignature } from './verify-signature.ts'
