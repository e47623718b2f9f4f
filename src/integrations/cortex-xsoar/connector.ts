import * as z from 'zod'
import * as http from '../../connectors/http.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import { apiKeyAuth } from './api-key-auth.ts'
import {
  CreatedAnswer,
  type Incident,
  IncidentsAnswer,
  incident,
  LabelledAnswer,
  type Severity,
  severities,
} from './schema.ts'

export interface CortexXsoarOptions {
  /** The address of its API: `https://api-acme.crtx.eu.paloaltonetworks.com`. */
  url: string
  /** The number of the API key in the table of API keys: `12`. */
  keyId: string
  apiKey: Secret
  /** The key's security level. Default `advanced`. */
  securityLevel?: 'advanced' | 'standard'
}

/** The label of an incident that holds Adder's marker. */
const markerLabel = 'AdderMarker'
/** The newest incidents of a name among which one without an answer is looked for. */
const recentIncidents = 100

const severityNames = Object.keys(severities) as Severity[] // its own keys

const FieldName = z.string().regex(/^[a-z0-9]{1,100}$/, 'is no name in lower case without spaces')
const Value = z.union([z.string().max(10_000), z.number(), z.boolean()])

const IncidentInput = z.object({
  name: z.string().min(1).max(500),
  type: z.string().min(1).max(100).optional(),
  severity: z.enum(severityNames).default('unknown'),
  details: z.string().max(50_000).optional(),
  playbook: z.string().min(1).max(200).optional(),
  labels: z
    .record(z.string().min(1).max(100), z.string().max(10_000))
    .refine((labels) => Object.keys(labels).length <= 100, 'has more than 100 labels')
    .refine((labels) => !Object.hasOwn(labels, markerLabel), `${markerLabel} is Adder's own`)
    .default({}),
  customFields: z
    .record(FieldName, Value)
    .refine((fields) => Object.keys(fields).length <= 100, 'has more than 100 fields')
    .default({}),
})

/** An incident that was created, and what `incident` asks after. */
export interface CreatedIncident {
  id: string
}

/** Whether nothing is left to do on an incident: it is closed, or in the archive. */
export function isOver({ state }: Pick<Incident, 'state'>): boolean {
  return state === 'closed' || state === 'archived'
}

/**
 * Creates incidents in Cortex XSOAR 8, and tells how far they are.
 *
 * `createIncident({ name, type, severity, labels, customFields })` creates an incident and starts its investigation, and
 * with it the playbook of its type, or the one that is named. Custom fields are named in lower case and without spaces.
 * Its label `AdderMarker` is how it is found again where the answer got lost, among the newest 100 with its name.
 * `incident({ id, fields })` says whether it waits, is worked on or closed, and why, and the custom fields that are named.
 *
 * https://docs-cortex.paloaltonetworks.com/r/Cortex-XSOAR-8-API/Create-or-update-an-incident, and the operations
 * `createIncident` and `searchIncidents` of https://github.com/demisto/demisto-py/blob/master/server_api_swagger.json
 * (read in November 2026)
 */
export function connector(options: CortexXsoarOptions) {
  expectOptions('cortexXsoar.connector', options, {
    url: 'string',
    keyId: 'string',
    apiKey: 'any',
    securityLevel: ['advanced', 'standard', undefined],
  })
  const { url, keyId, apiKey, securityLevel = 'advanced' } = options
  return http.connector({
    integration: 'cortex-xsoar',
    title: 'Cortex XSOAR',
    docs: 'https://docs-cortex.paloaltonetworks.com/r/Cortex-XSOAR-8-API',
    baseUrl: `${url.replace(/\/$/, '')}/xsoar/public/v1`,
    auth: apiKeyAuth({ keyId, apiKey, securityLevel }),
    lookups: {
      incident: http.lookup({
        input: z.object({ id: z.string().min(1).max(100), fields: z.array(FieldName).max(50).default([]) }),
        request: ({ id }) => search({ id: [id], size: 1 }),
        answer: IncidentsAnswer,
        found({ data }, { id, fields }) {
          const asked = data?.find((each) => each.id === id)
          return asked && incident(asked, fields)
        },
      }),
    },
    effects: {
      createIncident: http.effect({
        once: 'by marker',
        finding: 'lagging',
        input: IncidentInput,
        request: ({ severity, labels, playbook, ...fields }, { marker }) => ({
          path: '/incident',
          body: {
            ...fields,
            severity: severities[severity],
            labels: Object.entries({ ...labels, [markerLabel]: marker }).map(([type, value]) => ({ type, value })),
            playbookId: playbook,
            createInvestigation: true,
          },
        }),
        answer: CreatedAnswer,
        made: ({ id }): CreatedIncident => ({ id }),
        find: {
          request: ({ name }) =>
            search({ name: [name], size: recentIncidents, sort: [{ field: 'created', asc: false }] }),
          answer: LabelledAnswer,
          found({ data }, _, { marker }) {
            const isOurs = ({ type, value }: { type: string; value: string }) =>
              type === markerLabel && value === marker
            const ours = data?.findLast(({ labels }) => labels?.some(isOurs))
            return ours && { id: ours.id }
          },
        },
      }),
    },
    probe: search({ size: 1 }),
  })
}

/** Without a size, nothing is found. */
function search(filter: { size: number; id?: string[]; name?: string[]; sort?: { field: string; asc: boolean }[] }) {
  return { method: 'POST', path: '/incidents/search', body: { filter: { page: 0, ...filter } } } as const
}
