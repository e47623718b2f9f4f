import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'
import { signature } from './api-key-auth.ts'

export interface CortexXsoarStandInOptions {
  /** Default `12`. */
  keyId?: string
  /** Default: a random one for each stand-in. */
  apiKey?: string
  /** The key's security level. Default `advanced`. */
  securityLevel?: 'advanced' | 'standard'
  /** Default 0: the system picks one. */
  port?: number
}

export interface StandInIncident extends z.infer<typeof CreateIncident> {
  id: string
  status: 0 | 1 | 2 | 3
  runStatus: string
  closeReason: string
  closeNotes: string
  owner: string
}

export interface CortexXsoarStandIn extends HttpStandIn {
  keyId: string
  apiKey: string
  /** Oldest first. */
  incidents(): readonly StandInIncident[]
  /** Something happens to the incident with this id. */
  change(id: string, changes: Partial<StandInIncident>): void
  /** How long new incidents stay out of search results from now on, in milliseconds. */
  lagSearch(ms: number): void
}

const Label = z.strictObject({ type: z.string(), value: z.string() })

/** The fields that "Create or update an incident" documents, as far as they are of a new one. */
const CreateIncident = z.strictObject({
  name: z.string().min(1),
  type: z.string().default('Unclassified'),
  severity: z.literal([0, 0.5, 1, 2, 3, 4]).default(0),
  details: z.string().default(''),
  labels: z.array(Label).default([]),
  customFields: z.record(z.string().regex(/^[a-z0-9]+$/), z.unknown()).default({}),
  playbookId: z.string().default(''),
  rawJSON: z.string().optional(),
  createInvestigation: z.boolean().default(false),
})

/** SearchIncidentsData and IncidentFilter, as far as a stand-in searches. */
const Search = z.strictObject({
  filter: z.strictObject({
    id: z.array(z.string()).optional(),
    name: z.array(z.string()).optional(),
    page: z.int().nonnegative().default(0),
    size: z.int().nonnegative().max(1000).default(0),
    sort: z.array(z.strictObject({ field: z.literal('created'), asc: z.boolean() })).optional(),
  }),
})

/**
 * A Cortex XSOAR 8 that keeps incidents; on 127.0.0.1, listening once the promise resolves. It refuses unknown fields,
 * custom fields that are not in lower case, a wrong key and a signature that was used before, and finds nothing where no
 * size is asked for.
 *
 * https://docs-cortex.paloaltonetworks.com/r/Cortex-XSOAR-8-API/Create-or-update-an-incident, and `searchIncidents` of
 * https://github.com/demisto/demisto-py/blob/master/server_api_swagger.json (read in November 2026)
 */
export async function startCortexXsoar({
  keyId = '12',
  apiKey = randomUUID(),
  securityLevel = 'advanced',
  port = 0,
}: CortexXsoarStandInOptions = {}): Promise<CortexXsoarStandIn> {
  const incidents: StandInIncident[] = []
  const createdAt = new Map<string, number>()
  let lagMs = 0
  const usedNonces = new Set<string>()

  const server = await httpStandIn({
    port,
    failure,
    isWrite: (_, path) => path.endsWith('/incident'),
    routes: {
      'POST /xsoar/public/v1/incident': asked(create),
      'POST /xsoar/public/v1/incidents/search': asked(search),
    },
  })

  function asked(handler: (request: StandInRequest) => StandInAnswer) {
    return (request: StandInRequest): StandInAnswer =>
      isAllowed(request) ? handler(request) : failure(401, 'Public API request unauthorized')
  }

  function isAllowed({ headers }: StandInRequest): boolean {
    if (headers['x-xdr-auth-id'] !== keyId) return false
    if (securityLevel === 'standard') return headers.authorization === apiKey
    const nonce = String(headers['x-xdr-nonce'])
    if (nonce.length !== 64 || usedNonces.has(nonce)) return false
    usedNonces.add(nonce)
    return headers.authorization === signature(apiKey, nonce, String(headers['x-xdr-timestamp']))
  }

  function create({ json }: StandInRequest): StandInAnswer {
    const { data, error } = CreateIncident.safeParse(json)
    if (error) return failure(400, z.prettifyError(error))
    const id = String(incidents.length + 1)
    const isActive = data.createInvestigation
    const untouched = { closeReason: '', closeNotes: '', owner: '' }
    createdAt.set(id, Date.now())
    incidents.push({ id, ...data, status: isActive ? 1 : 0, runStatus: isActive ? 'running' : '', ...untouched })
    return { status: 201, json: { ...incidents.at(-1), version: 1 } }
  }

  function search({ json }: StandInRequest): StandInAnswer {
    const { data, error } = Search.safeParse(json)
    if (error) return failure(400, z.prettifyError(error))
    const { id, name, page, size, sort } = data.filter
    const indexed = incidents.filter((each) => (createdAt.get(each.id) ?? 0) + lagMs <= Date.now())
    const matching = indexed.filter((each) => (id?.includes(each.id) ?? true) && (name?.includes(each.name) ?? true))
    const sorted = sort?.[0]?.asc === false ? matching.toReversed() : matching
    const found = sorted
      .slice(page * size, (page + 1) * size)
      .map(({ customFields, ...each }) => ({ ...each, CustomFields: customFields }))
    return { json: { total: matching.length, data: found.length === 0 ? null : found } }
  }

  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, {
    keyId,
    apiKey,
    incidents: () => incidents,
    change(id: string, changes: Partial<StandInIncident>) {
      const changed = incidents.find((each) => each.id === id)
      if (changed !== undefined) Object.assign(changed, changes)
    },
    lagSearch(ms: number) {
      lagMs = ms
    },
  })
}

function failure(status: number, detail: string): StandInAnswer {
  return { status, json: { id: 'errOperation', status, title: 'The operation failed', detail } }
}
