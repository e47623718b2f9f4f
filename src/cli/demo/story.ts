import { styleText } from 'node:util'
import { eventIdentity } from '../../automations/event-identity.ts'
import { ticketEventKinds } from '../../automations/ticket-events.ts'
import type { Observation, Observe } from '../../engine/observation.ts'
import { adfText } from '../../integrations/jira/adf-text.ts'
import type { AlertWatcher } from '../../integrations/splunk/stand-in.ts'
import { type Screen, wrap } from './screen.ts'
import { sentence } from './sentence.ts'
import type { StandIns } from './stand-ins.ts'
import type { System } from './systems.ts'

/** The first ticket with all its answers. */
export interface EnrichedTicket {
  /** The identity of the event that the ticket is: `ticket.created`. */
  event: string
  ticket: { key: string; url: string }
  /** Their text, in the order in which they were made. */
  comments: string[]
  /** From the alert to the last answer. */
  milliseconds: number
}

/** Tells what happens, as it happens, for a person. */
export interface Story extends AlertWatcher {
  observe: Observe
  /** Resolves when the first ticket has its answers. */
  firstEnriched: Promise<EnrichedTicket>
  ready(adder: { url: string; token: string }): void
  broken(system: System): void
  mended(system: System): void
  tourBegins(): void
  /** Somebody does what starts a stop of the tour. */
  starts(text: string): void
  /** A stop that is left out, and why. */
  leavesOut(text: string): void
  tourOver(): void
  /** The tour has not come to its end. */
  tourFailed(reason: string): void
  stopping(): void
  stopped(): void
  /** What the first ticket still lacks, in words. */
  missing(): string
}

const titles: Record<System, string> = {
  splunk: 'Splunk',
  jira: 'Jira',
  directory: 'Active Directory',
  virustotal: 'VirusTotal',
}

/** What Adder tries, by the step's name, in words. */
const stepWords: Record<string, string> = {
  'jira.open': 'open the ticket',
  'jira.comment': 'comment on the ticket',
  'jira.editComment': 'edit the comment',
  'directory.user': 'ask Active Directory about the user',
  'virustotal.file': 'ask VirusTotal about the file',
}

const here = 'Splunk, Jira, Active Directory and VirusTotal are stand-ins on this machine, and nothing leaves it.'
const tour =
  'The tour goes on from there. GitHub, Jenkins and the Roomba are stand-ins, too; Ansible is the real one, where it is installed. What takes longer is followed while the tour goes on.'
const more = 'Another alert fires every half minute. Ctrl-C ends the demo.'

/** The automation that answers; when its run ends, the ticket has what can be known. */
const enriching = 'enrich-mock-scan'

export interface StoryOptions {
  standIns: StandIns
  /** One alert and no more. */
  isOnce: boolean
  screen: Screen
}

export function tellStory({ standIns, isOnce, screen }: StoryOptions): Story {
  const { jira } = standIns
  const { print, say } = screen
  const enriched = Promise.withResolvers<EnrichedTicket>()
  /** When an alert about a file was fired last, by the file's MD5. */
  const firedAt = new Map<string, number>()
  const seenComments = new Map<string, string>()
  /** How often a step has failed, by its event and name. */
  const seenFailures = new Map<string, number>()
  let seenTickets = 0
  let isTour = false

  /** What the tickets say is read from Jira, because that is what an analyst sees. */
  function tellTickets(): void {
    for (const { key, fields } of jira.issues().slice(seenTickets)) {
      seenTickets += 1
      say(styleText('cyan', '■'), `${key} opened: ${String(fields.summary)}`, pageOf(key))
    }
    for (const { key } of jira.issues())
      for (const comment of jira.comments(key)) if (comment.author === jira.accounts.api) tellComment(key, comment)
  }

  function tellComment(key: string, { id, body }: { id: string; body: unknown }): void {
    const text = adfText(body)
    const before = seenComments.get(id)
    if (before === text) return
    seenComments.set(id, text)
    const again = before === undefined ? '' : ' (same comment)'
    // In the tour a comment may be on a ticket that was opened long before.
    const address = isTour ? `${pageOf(key)}#comment-${id}` : undefined
    say(styleText('cyan', '□'), `${key}${again} · ${sentence(text)}`, address)
  }

  function tellStep(observation: Observation): void {
    if (observation.kind === 'step' && observation.result === 'again') {
      const { event, step } = observation
      const failures = (seenFailures.get(`${event} ${step}`) ?? 0) + 1
      seenFailures.set(`${event} ${step}`, failures)
      const then = failures === 1 ? ': tries again, with growing waits' : ` (${failures})`
      say(styleText('yellow', '↻'), `Adder can’t ${stepWords[step] ?? `do ${step}`} yet${then}`)
    }
    if (observation.kind === 'waiting')
      say(styleText('red', '!'), `${observation.step} waits for a person: ${observation.reason}`)
    if (observation.kind === 'run failed')
      say(styleText('red', '!'), `${observation.automation} failed: ${observation.reason}`)
  }

  function tellEnd({ kind, automation, event }: Observation): void {
    const ticket = jira.issues().find(({ id }) => event === createdEvent(id))
    if (kind !== 'run finished' || automation !== enriching || event === undefined || ticket === undefined) return
    const about = adfText(ticket.fields.description)
    const [, since = Date.now()] = [...firedAt].find(([md5]) => about.includes(md5)) ?? []
    const milliseconds = Date.now() - since
    say(styleText('green', '✔'), `${ticket.key} has its answers, ${(milliseconds / 1000).toFixed(1)} s after the alert`)
    const comments = jira.comments(ticket.key).map(({ body }) => adfText(body))
    enriched.resolve({ event, ticket: { key: ticket.key, url: pageOf(ticket.key) }, comments, milliseconds })
  }

  function createdEvent(ticketId: string): string {
    return eventIdentity(ticketEventKinds.created, [new URL(jira.url).host, ticketId])
  }

  function pageOf(key: string): string {
    return `${jira.url}/browse/${key}`
  }

  return {
    firstEnriched: enriched.promise,

    ready({ url, token }) {
      print(styleText('bold', 'Adder’s demo: an alert becomes a ticket, and the ticket gets its answers.'))
      print()
      print(`  Tickets  ${jira.url}`)
      print(`  API      ${url}/docs`)
      print(`  Token    ${token}   ${styleText('dim', 'for “Authorize” there')}`)
      print()
      for (const line of wrap(`${here} ${isOnce ? '' : more}`.trim(), 76)) print(`  ${line}`)
      print()
    },

    fired({ user, md5 }) {
      firedAt.set(String(md5), Date.now())
      say(styleText('yellow', '▲'), `Splunk alert: user ${user}, file ${md5}`)
    },

    called({ status }) {
      if (status === 202) say(' ', 'Adder has the alert on disk')
      else say(styleText('red', '!'), `Adder did not take the alert in: ${status ?? 'no answer'}`)
    },

    broken(system) {
      const then = system === 'splunk' ? 'no alert fires until it is back' : 'Adder goes on with what does not need it'
      say(styleText('red', '✖'), `${titles[system]} is down: ${then}`)
    },

    mended(system) {
      say(styleText('green', '●'), `${titles[system]} is back`)
    },

    tourBegins() {
      isTour = true
      print()
      for (const line of wrap(tour, 76)) print(`  ${line}`)
      print()
    },

    starts(text) {
      say(styleText('yellow', '▶'), text)
    },

    leavesOut(text) {
      say(' ', text)
    },

    tourOver() {
      isTour = false
      const then = isOnce ? '' : ': the pages stay up, and Ctrl-C ends the demo'
      say(styleText('green', '✔'), `The tour is over${then}`)
    },

    tourFailed(reason) {
      say(styleText('red', '!'), `The tour ends here: ${reason}`)
    },

    stopping() {
      print()
      say(' ', 'Stopping')
    },

    stopped() {
      say(' ', 'Stopped. The tickets and all else of this demo are gone.')
    },

    missing() {
      const [ticket] = jira.issues()
      return ticket === undefined
        ? 'there is no ticket'
        : `${ticket.key} has ${jira.comments(ticket.key).length} of 2 comments`
    },

    observe(observation) {
      tellStep(observation)
      tellTickets()
      tellEnd(observation)
    },
  }
}
