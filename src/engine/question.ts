import { hash } from 'node:crypto'
import type * as restate from '@restatedev/restate-sdk'
import type { FreshMs } from '../connectors/fresh-for.ts'
import type { Answer } from '../connectors/outcome.ts'
import type { Tried } from './attempts.ts'

export const questionsObject = 'adder.questions'

/** What is asked of whom. */
export interface Question {
  /** The connector's name in the configuration. */
  connector: string
  lookup: string
  input: unknown
}

/** A question as one run, or one request, asks it. */
export interface Asking {
  question: Question
  /** How old an answer may be that others were given. */
  freshMs: FreshMs
  /** How long its turn is waited for. */
  withinMs: number
  /** When it was first asked by the same, in milliseconds since 1970; an answer from after that is new enough. */
  since?: number
}

/** What it came to, and when, in milliseconds since 1970. */
export type Answered = Tried<Answer<unknown>> & { at: number }

/** `paused`: by the pause of this subject; nobody was asked. */
export type Asked = Answered | { kind: 'paused'; subject: string; at: number }

/** What other objects call. */
export type QuestionObject = {
  /** Its turn began at this time, in milliseconds since 1970. */
  turn(context: restate.ObjectContext, turn: { at: number }): Promise<void>
  /** Forgets what nobody needs any more. */
  expire(context: restate.ObjectContext): Promise<void>
}

/** The key of a question in the engine: the same for the same question, and a hash, because keys can be listed. */
export function questionKey({ connector, lookup, input }: Question): string {
  return hash('sha256', JSON.stringify([connector, lookup, canonical(input)]), 'hex')
}

/** The same value with its keys in one order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, each]) => [key, canonical(each)]),
  )
}
