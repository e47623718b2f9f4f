import { styleText } from 'node:util'
import type { Observation, Observe } from '../../engine/observation.ts'
import { adfText } from '../../integrations/jira/adf-text.ts'
import type { StandIns, System } from './stand-ins.ts'

/** The first ticket with all its answers. */
export interface EnrichedTicket {
  /** The event's identity. */
  event: string
  ticket: { key: string; url: string }
  comments: string[]
  milliseconds: number
}

/** Tells what happens, as it happens, for a person. */
export interface Story {
  observe: Observe
  /** Resolves when the first ticket has its answers. */
  firstEnriched: Promise<EnrichedTicket>
  ready(url: string): void
  fired(finding: { user: string; md5: string }): void
  broken(system: System): void
  mended(system: System): void
  stopping(): void
  /** What the first ticket still lacks, in words. */
  missing(): string
}

const titles: Record<System, string> = {
  splunk: 'Splunk',
  jira: 'Jira',
  directory: 'Active Directory',
  virustotal: 'VirusTotal',
}

/** The automation that answers; when its run ends, the ticket has what can be known. */
const enriching = 'enrich-mock-scan'

export function tellStory({ standIns, quiet }: { standIns: StandIns; quiet: boolean }): Story {
  const startedAt = Date.now()
  const enriched = Promise.withResolvers<EnrichedTicket>()
  let firstFiredAt: number | undefined
  let seenTickets = 0
  const seenComments = new Map<string, string>()

  const say = (mark: string, text: string): void => {
    if (!quiet) console.log(`${styleText('dim', elapsed(startedAt))}  ${mark} ${text}`)
  }

  return {
    firstEnriched: enriched.promise,

    ready(url) {
      say(styleText('green', '●'), `Adder is ready   ${styleText('dim', `${url}/docs`)}`)
      say(' ', `Jira stand-in    ${styleText('dim', standIns.jira.url)}`)
    },

    fired({ user, md5 }) {
      firstFiredAt ??= Date.now()
      say(styleText('yellow', '▲'), `Splunk: MockScan Alert for user ${styleText('bold', user)}, file ${md5}`)
    },

    broken(system) {
      say(styleText('red', '✖'), `${titles[system]} is down`)
    },

    mended(system) {
      say(styleText('green', '✔'), `${titles[system]} is back`)
    },

    stopping() {
      say(' ', 'Stopping')
    },

    missing() {
      const [ticket] = standIns.jira.issues()
      if (ticket === undefined) return 'there is no ticket'
      return `${ticket.key} has ${standIns.jira.comments(ticket.key).length} of 2 comments`
    },

    observe(observation) {
      tellStep(observation)
      tellTickets()
      tellEnd(observation)
    },
  }

  function tellStep(observation: Observation): void {
    if (observation.kind === 'step' && observation.result === 'again')
      say(styleText('red', '↻'), `${observation.step}: ${shortened(observation.reason ?? '')}`)
    if (observation.kind === 'waiting')
      say(styleText('red', '!'), `${observation.step} waits for a person: ${observation.reason}`)
    if (observation.kind === 'run failed')
      say(styleText('red', '!'), `${observation.automation} failed: ${observation.reason}`)
  }

  /** What the tickets say is read from Jira, because that is what an analyst sees. */
  function tellTickets(): void {
    const { jira } = standIns
    for (const { key, fields } of jira.issues().slice(seenTickets)) {
      seenTickets += 1
      say(
        styleText('cyan', '■'),
        `${styleText('bold', key)} opened: ${String(fields.summary)}   ${styleText('dim', `${jira.url}/browse/${key}`)}`,
      )
    }
    for (const { key } of jira.issues()) {
      for (const comment of jira.comments(key)) {
        const text = adfText(comment.body)
        if (seenComments.get(comment.id) === text) continue
        say(
          styleText('cyan', '□'),
          `${key} ${seenComments.has(comment.id) ? 'updated' : 'comment'}: ${shortened(text)}`,
        )
        seenComments.set(comment.id, text)
      }
    }
  }

  function tellEnd({ kind, automation, event }: Observation): void {
    const [first] = standIns.jira.issues()
    if (kind !== 'run finished' || automation !== enriching || first === undefined || firstFiredAt === undefined) return
    enriched.resolve({
      event: event ?? '',
      ticket: { key: first.key, url: `${standIns.jira.url}/browse/${first.key}` },
      comments: standIns.jira.comments(first.key).map(({ body }) => adfText(body)),
      milliseconds: Date.now() - firstFiredAt,
    })
  }
}

function elapsed(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(2).padStart(6)} s`
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 160 ? `${line.slice(0, 159)}…` : line
}
