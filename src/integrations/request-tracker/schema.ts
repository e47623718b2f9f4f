import * as z from 'zod'

/**
 * Request Tracker's own shapes, with only the fields that are used; unknown keys are accepted. Ids are texts in lists and
 * numbers elsewhere.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html (read November 2026)
 */

const Id = z.union([z.string().regex(/^\d+$/), z.number().int()]).transform(String)

/** A user, by name. */
const User = z.object({ id: z.string() })

const CustomField = z.object({ id: Id, name: z.string() })

export const Queue = z.object({ Name: z.string(), TicketCustomFields: z.array(CustomField).default([]) })

export const Account = z.object({ Name: z.string(), RealName: z.string().nullish() })

const Hyperlink = z.object({ ref: z.string(), _url: z.string().optional(), to: z.string().optional() })

/** A field for one value that was emptied has a value, which is null. */
const Values = z.array(z.string().nullable()).transform((values) => values.flatMap((value) => value || []))

/** What RT says where it refuses, or knows no such thing. */
export const RtFailure = z.object({ message: z.string() })

export const RtTicket = z.looseObject({
  id: Id,
  Subject: z.string().nullish(),
  Status: z.string(),
  Creator: User,
  Owner: User.optional(),
  CustomFields: z.array(CustomField.extend({ values: Values })).default([]),
  _hyperlinks: z.array(Hyperlink).default([]),
})
export type RtTicket = z.infer<typeof RtTicket>

export const CreatedTicket = z.object({ id: Id })

export const FoundTickets = z.object({ items: z.array(z.object({ id: Id, Creator: User })) })

/** A list of which only the length matters. */
export const Count = z.object({ count: z.number() })

export const Transactions = z.object({
  items: z.array(
    z.object({
      id: Id,
      Type: z.string(),
      Field: z.string().nullish(),
      Creator: User,
      Created: z.string(),
    }),
  ),
})

export const Attachments = z.object({
  items: z.array(
    z.object({
      TransactionId: Id,
      Content: z.string().nullish(),
      ContentType: z.string(),
      Created: z.string(),
    }),
  ),
})
export type Attachment = z.infer<typeof Attachments>['items'][number]

/** What a change says it did: sentences for people, refusals among them. */
export const Messages = z.array(z.string())

// --- what the scrip of docs/sources.md sends

const ScripUser = z.object({ name: z.string(), realName: z.string().nullish(), email: z.string().nullish() })
export type ScripUser = z.infer<typeof ScripUser>

const ScripText = z.object({ type: z.string(), content: z.string().nullish() }).nullish()

export const ScripDelivery = z.object({
  ticket: z.object({
    id: Id,
    subject: z.string(),
    description: ScripText,
    queue: z.string(),
    status: z.string(),
    creator: ScripUser,
    created: z.iso.datetime(),
    labels: z.array(z.string()).default([]),
    /** The value of the custom field for the marker. */
    effect: z.string().nullish(),
  }),
  transaction: z.object({
    id: Id,
    /** RT's name for its kind: `Create`, `Comment`, `Correspond`, `Status`, `Set`, `CustomField`. */
    type: z.string(),
    field: z.string().nullish(),
    old: z.string().nullish(),
    new: z.string().nullish(),
    /** Whether the ticket went from an active status to an inactive one. */
    closes: z.boolean().default(false),
    text: ScripText,
    created: z.iso.datetime(),
    creator: ScripUser,
  }),
})
export type ScripDelivery = z.infer<typeof ScripDelivery>

/** Tickets as a search tells them. */
export const SweptTickets = z.object({
  items: z.array(z.object({ id: Id, Created: z.iso.datetime(), Queue: z.object({ Name: z.string() }) })),
})
