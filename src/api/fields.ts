import * as z from 'zod'
import { dateTime, integer } from '../endpoints/fields.ts'
import type { Cursor } from '../history/page.ts'

const cursorForm = /^(\d{1,15})_([\w-]{1,100})$/

/** A place in a list as text: the `next` of an earlier page. */
export function cursorText({ at, id }: Cursor): string {
  return `${at}_${id}`
}

/** The query of every list. */
export const pageFields = {
  limit: integer({ min: 1, max: 200 }).default(50).describe('How many items at most.'),
  after: z
    .string()
    .regex(cursorForm, { error: 'the "next" of an earlier page' })
    .optional()
    .describe('The `next` of the page before this one.'),
}

/** The place that `pageFields.after` names. */
export function cursorOf(after: string | undefined): Cursor | undefined {
  const [, at, id] = cursorForm.exec(after ?? '') ?? []
  return at === undefined || id === undefined ? undefined : { at: Number(at), id }
}

/** The page with its cursor as text. */
export function pageOut<Item>({ items, next }: { items: Item[]; next?: Cursor }): { items: Item[]; next?: string } {
  return { items, ...(next === undefined ? {} : { next: cursorText(next) }) }
}

export const since = dateTime().optional().describe('Only what came at this time or later.')

/** The whole id, or how it begins. */
export function idField(of: string) {
  const error = `the id of a ${of}, or at least its first 6 characters`
  return z.string({ error }).regex(/^[\w-]{6,64}$/, { error })
}
