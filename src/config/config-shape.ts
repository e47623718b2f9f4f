import { isIP } from 'node:net'
import * as z from 'zod'
import type { ConnectorDefinition } from '../connectors/connector.ts'
import type { RecordsDefinition } from '../connectors/records.ts'
import { signedFaults } from '../endpoints/signed-bytes.ts'
import type { ConfigFault } from '../errors/config-error.ts'
import type { SourceDefinition } from '../intake/source.ts'
import { canonicalDomain } from '../observables/canonical-value.ts'
import { listSecrets, Secret, type Secrets } from '../secrets/secret.ts'

/**
 * Where a configuration does not have the types that `defineConfig` asks for, also for those who write JavaScript and
 * have no compiler to say so. A key that Adder does not know is a fault, because it is a misspelt one.
 */
export function shapeFaults(config: unknown): ConfigFault[] {
  const checked = ConfigShape.safeParse(config)
  if (checked.success) return []
  return checked.error.issues.flatMap((issue): ConfigFault[] => {
    const at = place(issue.path)
    if (issue.code !== 'unrecognized_keys') return [{ at, problem: issue.message }]
    return issue.keys.map((key) => ({ at: `${at}.${key}`, problem: 'there is no such setting' }))
  })
}

function place(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (at, key) => (typeof key === 'number' ? `${at}[${key}]` : `${at}.${String(key)}`),
    'config',
  )
}

const secretText = "its secrets must be written as secret('NAME'), the name of an environment variable"
const isSecret = (value: unknown): value is Secret => value instanceof Secret
const areSecrets = (value: unknown): value is Secrets =>
  isSecret(value) || (Array.isArray(value) && value.every(isSecret))
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const HeaderName = z.string({ error: 'must be a header' }).regex(/^[\w-]+$/, 'must be a header')

const Authentication = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('url-token'),
      secrets: z.unknown(),
      scheme: z.string({ error: 'must be a word, such as Splunk' }).optional(),
    }),
    z.strictObject({
      kind: z.literal('queue'),
      secrets: z.unknown(),
      where: z.string({ error: 'must be a string' }),
      connect: z.custom(isFunction, { error: 'must be a function' }),
    }),
    z.strictObject({ kind: z.literal('header-token'), secrets: z.unknown(), header: HeaderName }),
    z.strictObject({
      kind: z.literal('signature'),
      secrets: z.unknown(),
      secretEncoding: z.enum(['text', 'base64'], { error: "must be 'text' or 'base64'" }).optional(),
      header: HeaderName,
      prefix: z.string({ error: "must be a string, '' where nothing stands before the signature" }),
      encoding: z.enum(['hex', 'base64'], { error: "must be 'hex' or 'base64'" }).optional(),
      algorithm: z.enum(['sha256', 'sha512'], { error: "must be 'sha256' or 'sha512'" }).optional(),
      signed: z.string({ error: 'must be a string' }).optional(),
      timestamp: z
        .strictObject(
          { header: HeaderName, toleranceSeconds: z.number({ error: 'must be a number' }).optional() },
          { error: 'must be { header, toleranceSeconds }' },
        )
        .optional(),
      idHeader: HeaderName.optional(),
    }),
  ],
  { error: 'must be a token, a signature or a queue' },
)

const Source = z
  .custom<SourceDefinition>(isSource, {
    error: 'must be what the source(…) of an integration gives, such as splunk.source({ token })',
  })
  .superRefine(({ authentication, from, sweep }, { addIssue }) => {
    const { secrets } = authentication
    if (!areSecrets(secrets) || !areSecrets(sweep?.secrets ?? [])) addIssue(secretText)
    else if (listSecrets(secrets).length === 0) addIssue('it has no secret, so it could authenticate nobody')
    if (from !== undefined && !areRanges(from))
      addIssue('its "from" must be a list of addresses and networks, such as 203.0.113.0/24')
    if (authentication.kind === 'queue' && (from !== undefined || sweep !== undefined))
      addIssue('it reads a queue, and nobody sends to it: "from" and "sweep" mean nothing there')
    for (const fault of authenticationFaults(authentication)) addIssue(fault)
  })

const Connector = connectorWith('the connector(…) of an integration gives, such as virusTotal.connector({ apiKey })')
const TicketingPort = connectorWith('the ticketing(…) of an integration gives, such as jira.ticketing({ url })')

const Records = z
  .custom<RecordsDefinition>((value) => isConnector(value) && 'type' in value && value.type === 'records', {
    error: 'must be what the records(…) of an integration gives, such as splunkHec.records({ url, token })',
  })
  .refine(({ secrets }) => areSecrets(secrets), { error: secretText })

const Token = z.strictObject({
  name: z.string({ error: 'must be a string' }).min(1, 'must not be empty'),
  secret: z.custom(isSecret, { error: "must be written as secret('NAME'), the name of an environment variable" }),
  scopes: z.array(z.string({ error: 'must be a string' }), { error: 'must be a list of strings' }),
})

/** The names of whole groups of networks that Fastify knows, besides addresses and networks. */
const networkNames = new Set(['loopback', 'linklocal', 'uniquelocal'])

const Server = z.strictObject(
  {
    host: z.string({ error: 'must be an address or a host name' }).min(1, 'must not be empty').optional(),
    port: z.int({ error: 'must be a port, 0 to 65535' }).min(0).max(65_535).optional(),
    trustedProxies: z
      .array(z.string().refine(isNetwork, { error: 'must be an address or a network, such as 10.0.0.0/8' }), {
        error: 'must be a list of addresses and networks',
      })
      .optional(),
  },
  { error: 'must be an object' },
)

const Address = z
  .string({ error: 'must be an address such as http://10.0.0.5:8080' })
  .refine(isOrigin, { error: 'must be an address such as http://10.0.0.5:8080, without a path and a password' })

const Cluster = z.strictObject(
  {
    ingress: Address,
    admin: Address,
    identityKey: z
      .string({ error: 'must be the public key of the nodes, publickeyv1_…' })
      .regex(
        /^publickeyv1_[1-9A-HJ-NP-Za-km-z]{32,44}$/,
        "must be the public key of the nodes, publickeyv1_…, as in a node's log",
      ),
    handlers: z.strictObject(
      {
        url: Address,
        host: z.string({ error: 'must be an address or a host name' }).min(1, 'must not be empty').optional(),
        port: z.int({ error: 'must be a port, 1 to 65535' }).min(1).max(65_535),
      },
      { error: 'must be { url, host, port }: where the nodes reach all Adders, and where this one listens for them' },
    ),
  },
  { error: 'must be an object' },
)

const RedactionRule = z.union(
  [z.enum(['payment-card', 'us-ssn']), z.strictObject({ name: z.string().min(1), pattern: z.instanceof(RegExp) })],
  { error: "must be 'payment-card', 'us-ssn' or { name, pattern: /…/ }" },
)

const Own = z.strictObject(
  {
    ranges: z
      .array(z.string().refine(isRange, { error: 'must be an address or a network, such as 203.0.113.0/24' }), {
        error: 'must be a list of addresses and networks',
      })
      .optional(),
    domains: z
      .array(z.string().refine(isDomain, { error: 'must be a domain, such as acme.com' }), {
        error: 'must be a list of domains',
      })
      .optional(),
  },
  { error: 'must be an object: { ranges, domains }' },
)

const Effects = z.strictObject(
  {
    searchForSeconds: z.number({ error: 'must be a number of seconds, at least 0' }).min(0).optional(),
    whenUnknown: z
      .enum(['wait for a person', 'make again'], { error: "must be 'wait for a person' or 'make again'" })
      .optional(),
  },
  { error: 'must be an object' },
)

const History = z.strictObject(
  { url: z.custom(isSecret, { error: "must be written as secret('NAME'), the name of an environment variable" }) },
  { error: "must be an object: { url: secret('HISTORY_URL') }" },
)

const Heartbeat = z.strictObject(
  {
    url: z.custom(isSecret, { error: "must be written as secret('NAME'), the name of an environment variable" }),
    everySeconds: z.number({ error: 'must be a number of seconds, 10 to 86400' }).min(10).max(86_400).optional(),
  },
  { error: "must be an object: { url: secret('HEARTBEAT_URL') }" },
)

const Before = pluginWith(['beforeBody', 'before'], { error: 'must be a function or { name, before or beforeBody }' })
const After = pluginWith(['after'], { error: 'must be a function or { name, after }' })

const ConfigShape = z.strictObject(
  {
    sources: z.array(Source, { error: 'must be a list' }).optional(),
    connectors: z
      .record(z.string(), Connector, { error: 'must be an object, with a name for each connector' })
      .optional(),
    ticketing: TicketingPort.optional(),
    tokens: z.array(Token, { error: 'must be a list' }).optional(),
    server: Server.optional(),
    engine: Cluster.optional(),
    redact: z.array(RedactionRule, { error: 'must be a list' }).optional(),
    own: Own.optional(),
    retentionDays: z.number({ error: 'must be 2 to 3650 days' }).min(2).max(3650).optional(),
    history: History.optional(),
    records: Records.optional(),
    effects: Effects.optional(),
    heartbeat: Heartbeat.optional(),
    before: z.array(Before, { error: 'must be a list' }).optional(),
    after: z.array(After, { error: 'must be a list' }).optional(),
  },
  { error: 'must be what defineConfig(…) gives' },
)

/** Of a source's authentication, which `webhook.source` takes as its user writes it. */
function authenticationFaults(authentication: SourceDefinition['authentication']): string[] {
  const { error } = Authentication.safeParse(authentication)
  if (error === undefined) return authentication.kind === 'signature' ? signedFaults(authentication) : []
  return error.issues.map(({ path, message }) => `its ${['authentication', ...path].join('.')}: ${message}`)
}

function isSource(value: unknown): boolean {
  if (!isObject(value) || !isObject(value.authentication)) return false
  return typeof value.name === 'string' && isFunction(value.events) && value.schema instanceof z.ZodType
}

function connectorWith(gives: string) {
  return z
    .custom<ConnectorDefinition>(isConnector, { error: `must be what ${gives}` })
    .refine(({ secrets }) => areSecrets(secrets), { error: secretText })
}

function isConnector(value: unknown): value is Record<string, unknown> {
  return isObject(value) && Array.isArray(value.secrets) && isFunction(value.connect)
}

function pluginWith(hooks: readonly string[], options: { error: string }) {
  return z.custom((value) => isFunction(value) || (isObject(value) && hooks.some((hook) => hook in value)), options)
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && ['http:', 'https:'].includes(url.protocol) && `${url.origin}/` === url.href
}

function isNetwork(text: string): boolean {
  return networkNames.has(text) || isRange(text)
}

function areRanges(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && isRange(each))
}

function isRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  if (bits === undefined) return isIP(address) !== 0
  const most = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : 0
  return more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most && most > 0
}

/** Of whatever suffix: also of one that no other network knows. */
function isDomain(text: string): boolean {
  return canonicalDomain(text) !== undefined || /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(text)
}
