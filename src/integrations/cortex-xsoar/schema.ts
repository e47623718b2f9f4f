import * as z from 'zod'

/** An incident, as far as it tells how far people and playbooks are with it. */
export interface Incident {
  id: string
  name: string
  state: 'pending' | 'active' | 'closed' | 'archived'
  severity: Severity
  type?: string
  owner?: string
  /** How far its playbook is, in Cortex XSOAR's words (`runStatus`), which it does not document. */
  playbook?: string
  /** Why it was closed, one of the reasons of this Cortex XSOAR. */
  closeReason?: string
  closeNotes?: string
  /**
   * Those of the custom fields that were asked for and are a text of at most 10,000 characters, a number, yes or no, or a
   * list of at most 100 texts.
   */
  fields: Record<string, FieldValue>
}

const FieldValue = z.union([z.string().max(10_000), z.number(), z.boolean(), z.array(z.string().max(1000)).max(100)])
type FieldValue = z.infer<typeof FieldValue>

/** IncidentSeverity of CommonServerPython in https://github.com/demisto/content */
export const severities = { unknown: 0, info: 0.5, low: 1, medium: 2, high: 3, critical: 4 } as const
export type Severity = keyof typeof severities

/** IncidentStatus of CommonServerPython in https://github.com/demisto/content, by its numbers. */
const states = ['pending', 'active', 'closed', 'archived'] as const

const Text = z.string().nullish()
const Labels = z.array(z.object({ type: z.string(), value: z.string() })).nullish()

/** IncidentWrapper of https://github.com/demisto/demisto-py/blob/master/server_api_swagger.json */
export const CreatedAnswer = z.object({ id: z.string().min(1) })

/** What a search finds, as far as it tells which of the incidents was meant. */
export const LabelledAnswer = z.object({ data: z.array(CreatedAnswer.extend({ labels: Labels })).nullable() })

/** The answer of a search, whose list is null where it is empty: Incident of the same. */
export const IncidentsAnswer = z.object({
  data: z
    .array(
      z.object({
        id: z.string().min(1),
        name: z.string(),
        status: z.literal([0, 1, 2, 3]),
        severity: z.literal([0, 0.5, 1, 2, 3, 4]),
        type: Text,
        owner: Text,
        runStatus: Text,
        closeReason: Text,
        closeNotes: Text,
        CustomFields: z.record(z.string(), z.unknown()).nullish(),
      }),
    )
    .nullable(),
})

type RawIncident = NonNullable<z.infer<typeof IncidentsAnswer>['data']>[number]

export function incident(
  { id, name, status, severity, CustomFields, ...told }: RawIncident,
  wanted: readonly string[],
): Incident {
  const { type, owner, runStatus: playbook, closeReason, closeNotes } = told
  const texts = Object.entries({ type, owner, playbook, closeReason, closeNotes }).filter(([, text]) => text)
  const fields = Object.entries(CustomFields ?? {}).flatMap(([field, given]) => {
    const value = wanted.includes(field) ? FieldValue.safeParse(given).data : undefined
    return value === undefined ? [] : [[field, value] as const]
  })
  return {
    id,
    name,
    state: states[status],
    severity: nameOf(severity),
    ...Object.fromEntries(texts),
    fields: Object.fromEntries(fields),
  }
}

function nameOf(severity: RawIncident['severity']): Severity {
  const [name = 'unknown'] = Object.entries(severities).find(([, value]) => value === severity) ?? []
  return name as Severity // a key of severities
}
