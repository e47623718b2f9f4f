import type { Answer, Outcome } from '../connectors/outcome.ts'
import type { Delay } from '../engine/steps.ts'
import {
  type BoundedObservables,
  maxPerKind,
  type Observable,
  type ObservableKind,
} from '../observables/observables.ts'
import { type Block, type Document, heading, link, paragraph } from '../tickets/document.ts'
import type { Enrichment } from './enrichment.ts'
import { shownTime } from './shown-time.ts'
import { toDocument } from './tickets.ts'

/** What an observable stands for. */
const nouns: Record<ObservableKind, string> = {
  user: 'user',
  ip: 'address',
  domain: 'domain',
  url: 'URL',
  email: 'e-mail address',
  md5: 'file',
  sha1: 'file',
  sha256: 'file',
  cve: 'CVE',
}

/** What several are counted as. */
const counted: Record<ObservableKind, string> = {
  user: 'users',
  ip: 'IP addresses',
  domain: 'domains',
  url: 'URLs',
  email: 'e-mail addresses',
  md5: 'MD5 hashes',
  sha1: 'SHA-1 hashes',
  sha256: 'SHA-256 hashes',
  cve: 'CVEs',
}

export interface About {
  enrichment: Enrichment
  observable: Observable
}

/** What the comment about a question says when it was answered, or could not be asked for good. */
export function tellOutcome(outcome: Outcome<unknown>, about: About): Document {
  const { enrichment, observable } = about
  switch (outcome.kind) {
    case 'found':
      return [title(about), ...toDocument(enrichment.tell(outcome.value, observable.value)), ...age(outcome)]
    case 'not_found':
      return [
        title(about),
        paragraph(`${enrichment.title} was asked and does not know this ${nouns[observable.kind]}.`),
        ...age(outcome),
      ]
    case 'rate_limited':
      return [
        title(about),
        paragraph(
          `${enrichment.title} could not be asked: its quota is used up${outcome.until === undefined ? '' : ` until ${shownTime(outcome.until)}`}.`,
        ),
        ...byHand(about),
      ]
    case 'failed':
      return [
        title(about),
        paragraph(`${enrichment.title} could not be asked: ${why(outcome, about)}.`),
        ...byHand(about),
      ]
  }
}

/** What the ticket says of values that nobody is asked about; undefined where there are none. */
export function tellMore(more: BoundedObservables['more']): Document | undefined {
  if (more.size === 0) return undefined
  const counts = [...more].map(([kind, count]) => `${count} more of the ${counted[kind]}`)
  return [
    heading('Not asked about'),
    paragraph(`At most ${maxPerKind} of a kind are asked about. Not asked: ${counts.join(', ')}.`),
  ]
}

/** What the ticket says of questions that nobody outside was asked, because they are about one's own. */
export function tellKept(questions: readonly About[]): Document {
  const asked = Map.groupBy(questions, ({ observable }) => observable.value)
  const values = [...asked].map(
    ([value, about]) => `${value} (${about.map(({ enrichment }) => enrichment.title).join(', ')})`,
  )
  return [
    heading('Your own, and not asked about'),
    paragraph(`What is your own is not told to outside services: ${values.join(', ')}.`),
  ]
}

/** What the comment says while nobody answers. */
export function tellDelay({ isQuota, reason, until }: Delay, about: About): Document {
  const cause = isQuota ? 'its quota is used up' : why({ reason }, about)
  const next = `It is asked again by itself${until === undefined ? '' : `, at ${shownTime(until)}`}, and this comment then says what it answered.`
  return [
    title(about),
    paragraph(`${about.enrichment.title} could not be asked yet: ${cause}. ${next}`),
    ...byHand(about),
  ]
}

/** The reason without the name of who was asked, which the sentence has already, and without a full stop of its own. */
export function why({ reason }: { reason: string }, { enrichment }: About): string {
  const prefix = `${enrichment.title}: `
  return (reason.startsWith(prefix) ? reason.slice(prefix.length) : reason).replace(/\.$/, '')
}

function title({ enrichment, observable }: About): Block {
  return heading(`${enrichment.title}: ${observable.value}`)
}

function byHand({ enrichment, observable }: About): Block[] {
  const url = enrichment.byHand?.(observable.value)
  return url === undefined ? [] : [paragraph('Look it up by hand: ', link(url))]
}

/** Of an answer that somebody else was given. */
function age({ askedAt }: Answer<unknown>): Block[] {
  return askedAt === undefined ? [] : [paragraph(`Asked at ${shownTime(askedAt)}, for an earlier question.`)]
}
