import * as z from 'zod'
import { list, oneOf } from '../endpoints/fields.ts'

/*
 * What the endpoints answer. Times are ISO 8601 in UTC.
 */

export const eventStates = ['accepted', 'duplicate', 'spooled', 'suppressed', 'stale'] as const
export const deliveryStates = [...eventStates, 'kept', 'refused'] as const
export const runStates = [
  'running',
  'waiting',
  'paused',
  'cancelling',
  'finished',
  'failed',
  'cancelled',
  'superseded',
] as const

export const pauseSubjects = ['automation', 'connector', 'all'] as const

const next = z.string().optional().describe('Give it as `after` for the next page; missing on the last one.')

export const DeliveryItem = z.object({
  id: z.string(),
  source: z.string(),
  receivedAt: z.string(),
  state: oneOf(deliveryStates),
  senderId: z.string().optional().describe("The sender's name for it."),
  check: z.string().optional().describe('Which check it failed.'),
  events: z.int(),
  kind: z.string().optional().describe('The kind of its first event.'),
  isSwept: z.boolean().describe('A sweep has brought it in, and no webhook.'),
})

export const DeliveryPage = z.object({ items: list(DeliveryItem), next })

const Ticket = z.object({ key: z.string(), url: z.string().optional() })

export const RunItem = z.object({
  id: z.string(),
  automation: z.string(),
  generation: z.int().describe('0 for the first, and one more for each re-run.'),
  state: oneOf(runStates),
  startedAt: z.string(),
  changedAt: z.string(),
  endedAt: z.string().optional(),
  event: z.object({ id: z.string(), kind: z.string().optional() }),
  ticket: Ticket.optional(),
  reason: z.string().optional().describe('Why it failed.'),
  trouble: z
    .object({ step: z.string(), reason: z.string(), at: z.string() })
    .optional()
    .describe('The last attempt of a step that came to nothing.'),
})

export const RunPage = z.object({ items: list(RunItem), next })
export const RunChanges = z.object({ items: list(RunItem), next: z.string() })

const Action = z.object({
  at: z.string(),
  caller: z.string(),
  action: oneOf(['retry', 'cancel', 'rerun', 'redeliver']),
})

export const Run = RunItem.extend({
  delivery: z.string().optional(),
  code: z.string().optional(),
  effects: list(
    z.object({
      name: z.string(),
      marker: z.string().describe('Its identity, as the outside system keeps it.'),
      once: z.string().optional().describe('How it is made once.'),
      state: oneOf(['intended', 'unknown', 'made', 'found', 'joined', 'refused']),
      attempts: z.int(),
      firstAt: z.string(),
      changedAt: z.string(),
      code: z.string().optional(),
      reason: z.string().optional(),
      made: z.object({ id: z.string().optional(), key: z.string().optional(), url: z.string().optional() }).optional(),
      about: z.object({ key: z.string(), url: z.string() }).optional().describe('The page of what it changes.'),
      onRerun: oneOf(['found again', 'looked for first', 'looked at first', 'will repeat', 'will be made']),
    }),
  ),
  waits: list(
    z.object({
      id: z.string(),
      step: z.string(),
      code: z.string(),
      reason: z.string(),
      beganAt: z.string(),
      endedAt: z.string().optional(),
    }),
  ),
  actions: list(Action),
  generations: list(z.object({ id: z.string(), generation: z.int(), state: z.string() })),
})

export const Delivery = z.object({
  id: z.string(),
  source: z.string(),
  receivedAt: z.string(),
  state: oneOf(deliveryStates),
  senderId: z.string().optional(),
  check: z.string().optional(),
  reason: z.string().optional(),
  ms: z.number().optional(),
  isFilledIn: z.boolean().describe('Filled in from the engine after a crash, which knows less of it.'),
  isSwept: z.boolean().describe('A sweep has brought it in, and no webhook.'),
  events: list(
    z.object({
      id: z.string(),
      kind: z.string(),
      state: oneOf(eventStates),
      at: z.string().optional(),
      ticket: Ticket.optional(),
      suppressedBy: list(z.object({ name: z.string(), reason: z.string(), owner: z.string(), until: z.string() })),
      runs: list(RunItem),
    }),
  ),
  redelivers: z.string().optional(),
  redeliveredBy: list(z.string()),
  actions: list(Action),
  content: z
    .object({ headers: z.record(z.string(), z.string()), body: z.unknown() })
    .optional()
    .describe('What a kept delivery said, redacted.'),
})

export const Explanation = z.object({
  delivery: z.string(),
  source: z.string(),
  receivedAt: z.string(),
  state: oneOf(deliveryStates),
  checks: list(
    z.object({
      question: oneOf(['arrived', 'authentic', 'readable', 'taken in']),
      answer: oneOf(['yes', 'no', 'not asked']),
      detail: z.string(),
    }),
  ),
  events: list(
    z.object({
      id: z.string(),
      kind: z.string(),
      state: oneOf(eventStates),
      detail: z.string(),
      suppressedBy: list(z.object({ name: z.string(), reason: z.string(), owner: z.string(), until: z.string() })),
      ticket: Ticket.optional(),
      automations: list(
        z.object({
          automation: z.string(),
          matched: z.boolean(),
          unmet: z.array(z.string()).readonly(),
          run: z.object({ id: z.string(), state: z.string() }).optional(),
        }),
      ),
    }),
  ),
})

export const Findings = z.object({
  items: list(
    z.object({
      event: z.object({ id: z.string(), kind: z.string(), source: z.string(), at: z.string() }),
      as: list(z.object({ kind: z.string(), written: z.string() })),
      deliveries: list(DeliveryItem.pick({ id: true, receivedAt: true, state: true })),
      runs: list(RunItem),
      tickets: list(Ticket),
    }),
  ),
  next,
})

export const Quotas = z.object({
  items: list(
    z.object({
      connector: z.string(),
      windows: list(
        z.object({
          requests: z.int().describe('At most this many …'),
          per: oneOf(['second', 'minute', 'hour', 'day', 'month']),
          used: z.int(),
          remaining: z.int(),
          resetsAt: z.string().optional().describe('When nothing of it is used any more, if nobody asks.'),
        }),
      ).describe('Empty where the connector has no quota.'),
      waiting: z.int().describe('Questions that wait for their turn.'),
      nextTurnAt: z.string().optional().describe('When one more question would be asked.'),
      blockedUntil: z.string().optional().describe('Until when the outside system has refused everything.'),
    }),
  ),
})

export const RecordSending = z.object({
  to: z.string().describe('Where they go.'),
  waiting: z.int().describe('How many are still to be sent; 10,000 where there are more.'),
  oldestAt: z.string().optional().describe('When what waits longest ended or came.'),
  sentAt: z.string().optional().describe('When the last ones were taken.'),
  fault: z
    .object({ code: z.string(), reason: z.string(), since: z.string() })
    .optional()
    .describe('Why they are not taken now.'),
})

export const Pause = z.object({
  what: oneOf(pauseSubjects),
  name: z.string().optional(),
  since: z.string(),
  by: z.string(),
  reason: z.string().optional(),
})

export const Suppression = z.object({
  name: z.string(),
  reason: z.string(),
  owner: z.string(),
  from: z.string().optional(),
  until: z.string(),
  state: oneOf(['active', 'not yet', 'expired', 'gone']).describe('`gone`: the project no longer has it.'),
  events: z.int().describe('How many events it has held off.'),
  lastAt: z.string().optional(),
})
