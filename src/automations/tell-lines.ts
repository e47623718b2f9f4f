import type { Outcome } from '../connectors/outcome.ts'
import type { Delay } from '../engine/steps.ts'
import { type Block, type Document, heading, type Inline, link, paragraph, strong } from '../tickets/document.ts'
import { documentSize, fitDocument, rowSize } from './document-size.ts'
import { isKept } from './keep-own.ts'
import { shownTime } from './shown-time.ts'
import { type About, why } from './tell-outcome.ts'

/** A question as the one comment of a ticket shows it. */
export interface Line extends About {
  state: { kind: 'asking' } | { kind: 'delayed'; delay: Delay } | Outcome<unknown>
  /** When it was answered, ISO 8601; earlier than the ticket where somebody else had asked before. */
  at?: string
  /** What the enrichment says of an answer. */
  told?: Document
}

/** How much one comment holds, in characters; Jira refuses over 32,767 of its own counting. */
const maxSize = 24_000
/** The table of all questions takes up at most so much of that; the answers have the rest. */
const maxTableSize = 14_000
/** What an answer has at least, so that many of them don't leave a line each. */
const minAnswerSize = 300
const maxValueLength = 80
const maxReasonLength = 200

/** What is kept where not everything fits: what people look for first. */
const ranks = ['found', 'failed', 'rate_limited', 'delayed', 'asking', 'not_found'] as const

/** What they are counted as where they don't fit. */
const counted: Record<Line['state']['kind'], string> = {
  found: 'found',
  failed: 'failed',
  rate_limited: 'failed',
  delayed: 'waiting',
  asking: 'being asked',
  not_found: 'not found',
}

/**
 * The one comment: a table with a line for each question, below it what was found, and what there is no room for.
 *
 * @param unasked what the ticket says of values that nobody is asked about.
 */
export function tellLines(lines: readonly Line[], unasked: Document = []): Document {
  const shown = fittingLines(lines)
  const left = lines.filter((line) => !shown.has(line))
  const answered = lines.filter(({ state: { kind } }) => kind !== 'asking' && kind !== 'delayed').length
  const rows = lines.filter((line) => shown.has(line)).map(row)
  const top: Block[] =
    lines.length === 0
      ? []
      : [
          heading(`Answers: ${answered} of ${lines.length}`),
          { kind: 'table', header: ['Source', 'About', 'Answer'], rows },
          ...notice(left),
        ]
  return [...top, ...answers([...shown], maxSize - documentSize(top) - documentSize(unasked)), ...unasked]
}

/** As many lines as there is room for, in their order; where not all fit, those that people look for first. */
function fittingLines(lines: readonly Line[]): Set<Line> {
  const sorted = lines.toSorted((one, other) => ranks.indexOf(one.state.kind) - ranks.indexOf(other.state.kind))
  let left = maxTableSize
  const fitting = new Set(
    sorted.filter((line) => {
      left -= rowSize(row(line))
      return left >= 0
    }),
  )
  return new Set(lines.filter((line) => fitting.has(line)))
}

function row(line: Line): Inline[] {
  return [line.enrichment.title, about(line), answer(line)]
}

/** The value; where people have to look it up by hand, that is where it leads. */
function about({ enrichment, observable, state }: Line): Inline {
  const value = cut(observable.value, maxValueLength)
  const isSettled = state.kind === 'found' || state.kind === 'not_found' || state.kind === 'asking' || isKept(state)
  const byHand = isSettled ? undefined : enrichment.byHand
  return byHand === undefined ? value : link(byHand(observable.value), value)
}

function answer(line: Line): Inline {
  const { state } = line
  switch (state.kind) {
    case 'asking':
      return 'asking …'
    case 'delayed':
      if (state.delay.isQuota) return `waiting for quota${until(state.delay)}`
      return `asked again by itself: ${cut(why(state.delay, line), maxReasonLength)}`
    case 'found':
      return strong(`found${asOf(line)}`)
    case 'not_found':
      return `not found${asOf(line)}`
    case 'rate_limited':
      return `failed${asOf(line)}: its quota is used up${until(state)}`
    case 'failed':
      if (isKept(state)) return 'not asked: it is your own'
      return `failed${asOf(line)}: ${cut(why(state, line), maxReasonLength)}`
  }
}

function asOf({ at }: Line): string {
  return at === undefined ? '' : `, ${shownTime(at)}`
}

function until({ until: time }: { until?: string }): string {
  return time === undefined ? '' : ` until ${shownTime(time)}`
}

function notice(left: readonly Line[]): Block[] {
  if (left.length === 0) return []
  const groups = Map.groupBy(left, ({ state }) => counted[state.kind])
  const counts = [...groups].map(([kind, lines]) => `${lines.length} ${kind}`)
  return [paragraph(`${left.length} more have no room here: ${counts.join(', ')}.`)]
}

/** What was found, each under its name; those that come first leave the others their share. */
function answers(lines: readonly Line[], room: number): Block[] {
  const found = lines.filter(({ told }) => told !== undefined)
  const blocks: Block[] = []
  let left = room
  let isCut = false
  found.forEach(({ enrichment, observable, told = [] }, index) => {
    const title = heading(`${enrichment.title}: ${cut(observable.value, maxValueLength)}`)
    const share = Math.max(minAnswerSize, left / (found.length - index))
    const kept = fitDocument([title, ...told], Math.min(share, left - cutNoticeSize))
    isCut ||= documentSize(kept) < documentSize([title, ...told])
    if (kept.length < 2) return
    blocks.push(...kept)
    left -= documentSize(kept)
  })
  return isCut ? [...blocks, paragraph(cutNotice)] : blocks
}

const cutNotice = 'Not all of what was found has room in this comment.'
const cutNoticeSize = cutNotice.length + 10

function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1).toWellFormed()}…`
}
