import type { FastifyReply, FastifyRequest, RequestPayload, RouteOptions } from 'fastify'
import * as z from 'zod'
import type { Auth, AuthServices } from './auth.ts'
import type { Bytes } from './bytes.ts'
import { requestCheck } from './check-request.ts'
import type { Body, Endpoint } from './endpoint.ts'
import type { EndpointContext } from './endpoint-context.ts'
import type { Exchange } from './exchange.ts'
import { describeFaults, faultText, fieldFaults } from './field-fault.ts'
import { declaredBytes, type HeldBodies } from './held-bodies.ts'
import { isJsonType } from './json-type.ts'
import { valueOfOutcome } from './outcome.ts'
import { parseJson } from './parse-json.ts'
import { type AfterFunction, afterOf, beforeBodyOf, beforeOf } from './plugin.ts'
import { problem } from './problem-types.ts'
import { endpointResponse } from './response.ts'
import type { UnverifiedBytes } from './unverified-bytes.ts'

export interface Surroundings {
  services: AuthServices
  context: EndpointContext
  unverified: UnverifiedBytes
  held: HeldBodies
}

const defaultMaxBytes = 1024 * 1024
const noBytes = Buffer.alloc(0)

/** An endpoint as Fastify's route; everything that can be decided beforehand is decided here. */
export function serveEndpoint(
  definition: Endpoint,
  { services, context, unverified, held }: Surroundings,
): RouteOptions {
  const { auth, body: bodyShape, output, method, path } = definition
  const status = definition.status ?? (output === undefined ? 204 : 200)
  const beforeBody = beforeBodyOf(definition.before ?? [])
  const beforeRun = beforeOf(definition.before ?? [])
  const afterRun = afterOf(definition.after ?? [])
  const check = requestCheck(definition)
  const readBody = bodyReader(bodyShape)
  const readResult = resultReader(output)
  const bodyLimit = maxBytesOf(definition)

  async function admit({ exchange }: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (auth.kind === 'checked') exchange.caller = await auth.beforeBody?.(exchange, services)
    reply.raw.once('close', () => held.release(exchange))
    // What a stranger declares may never come, and would keep the others out.
    if (exchange.caller !== undefined) held.hold(exchange, declaredBytes(exchange.headers, bodyLimit))
    if (isJson(bodyShape)) refuseOtherTypes(exchange)
    for (const plugin of beforeBody) await plugin(exchange)
  }

  /** Whoever has not said who they are in the headers sends bytes that anybody could send. */
  function countUnverified(
    { exchange }: FastifyRequest,
    reply: FastifyReply,
    payload: RequestPayload,
    done: (error: null, payload: RequestPayload) => void,
  ): void {
    if (exchange.caller !== undefined) {
      done(null, payload)
      return
    }
    reply.raw.once('close', () => unverified.release(exchange))
    const counter = unverified.counter(exchange)
    payload.once('error', (error) => counter.destroy(error))
    done(null, payload.pipe(counter))
  }

  async function answer({ exchange, body }: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const raw = Buffer.isBuffer(body) ? body : noBytes
    exchange.bytesIn = raw.length
    await identify(exchange, raw, { auth, services })
    unverified.release(exchange)
    held.hold(exchange, raw.length)
    const parts = check({
      params: exchange.rawParams,
      query: exchange.rawQuery,
      headers: exchange.headers,
      body: readBody(raw),
    })
    exchange.params = parts.params
    exchange.query = parts.query
    exchange.body = parts.body
    for (const plugin of beforeRun) await plugin(exchange)

    const input = {
      ...context,
      ...parts,
      request: exchange,
      caller: exchange.caller,
      get log() {
        return exchange.log
      },
    }
    // The definition's own types say what its run takes; the check above has made sure that it is so.
    const result = readResult(await definition.run(input as never))
    if (result === undefined) return reply.code(status).send()
    reply.code(status).type('application/json; charset=utf-8')
    return reply.send(JSON.stringify(await afterwards(result.value, { exchange, reply, plugins: afterRun })))
  }

  const isVerifiedLate = auth.kind === 'checked' && auth.afterBody !== undefined
  const counting = isVerifiedLate ? { preParsing: countUnverified } : {}
  return { method, url: path, bodyLimit, onRequest: admit, ...counting, handler: answer }
}

/** The largest body that an endpoint reads, in bytes. */
export function maxBytesOf({ body, maxBytes }: Pick<Endpoint, 'body' | 'maxBytes'>): number {
  return isBytes(body) ? body.maxBytes : (maxBytes ?? defaultMaxBytes)
}

export function isBytes(body: Body | undefined): body is Bytes {
  return body !== undefined && !(body instanceof z.ZodType)
}

function isJson(body: Body | undefined): body is z.ZodType {
  return body instanceof z.ZodType
}

/** Whoever asks at a checked auth and is nobody in the end is refused, whatever the auth forgot. */
async function identify(
  exchange: Exchange,
  raw: Buffer,
  { auth, services }: { auth: Auth; services: AuthServices },
): Promise<void> {
  if (auth.kind === 'open') return
  const caller = await auth.afterBody?.(exchange, raw, services)
  exchange.caller = caller ?? exchange.caller
  if (exchange.caller === undefined) throw problem('endpoint.unauthenticated', 'The caller is not known.')
}

async function afterwards(
  value: unknown,
  { exchange, reply, plugins }: { exchange: Exchange; reply: FastifyReply; plugins: readonly AfterFunction[] },
): Promise<unknown> {
  if (plugins.length === 0) return value
  const response = endpointResponse(reply)
  let sent = value
  for (const plugin of plugins) {
    const replaced = await plugin(sent, exchange, response)
    if (replaced !== undefined) sent = replaced
  }
  return sent
}

function refuseOtherTypes({ headers }: Exchange): void {
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
  if (isEmpty) return
  if (!isJsonType(headers['content-type'])) {
    throw problem(
      'endpoint.unsupported_media_type',
      'The body has to be JSON, and its Content-Type application/json.',
      {
        headers: { accept: 'application/json' },
      },
    )
  }
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw problem('endpoint.unsupported_media_type', 'A compressed body is not read.', {
      headers: { 'accept-encoding': 'identity' },
    })
  }
}

function bodyReader(body: Body | undefined): (raw: Buffer) => unknown {
  if (isBytes(body)) return (raw) => raw
  if (body === undefined) return () => undefined
  return (raw) => (raw.length === 0 ? undefined : parseJson(raw))
}

/** Checks and strips what `run` gave; undefined where there is nothing to send. */
function resultReader(output: z.ZodType | undefined): (result: unknown) => { value: unknown } | undefined {
  if (output === undefined) return () => undefined
  return (result) => {
    const checked = output.safeParse(valueOfOutcome(result, output), describeFaults)
    if (checked.success) return { value: checked.data }
    throw new BrokenOutput(fieldFaults(prefixed(checked.error)).map(faultText))
  }
}

function prefixed({ issues }: z.ZodError): z.ZodError {
  return new z.ZodError(issues.map((issue) => ({ ...issue, path: ['body', ...issue.path] })))
}

/** For the log: says which fields are wrong, and nothing of their values. */
class BrokenOutput extends Error {
  constructor(faults: readonly string[]) {
    super(`The result does not have the shape that the endpoint's output declares: ${faults.join('; ')}`)
    this.name = 'BrokenOutput'
  }
}
