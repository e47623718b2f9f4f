import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import * as restate from '@restatedev/restate-sdk'
import { maskSecrets } from '../secrets/secret.ts'
import type { Admin } from './admin.ts'
import { EngineUnavailable } from './engine-errors.ts'
import type { Ingress } from './ingress.ts'
import { openPauseWaits } from './open-pause-waits.ts'

/** What can be paused: one automation, one connector by the name that its steps begin with, or everything. */
export interface PauseSubject {
  what: 'automation' | 'connector' | 'all'
  /** Missing where everything is meant. */
  name?: string | undefined
}

export interface Pause extends PauseSubject {
  /** ISO 8601. */
  since: string
  by: string
  reason?: string | undefined
}

/**
 * A pause as the engine keeps it. One that a person has ended is kept, too: a subject that the engine's tables lack is
 * one that they do not show yet, as happens while the engine starts.
 */
export interface StoredPause extends Pause {
  /** `asked` while what it held has not all gone on yet. */
  end?: 'asked' | 'done'
}

export interface PausesOptions {
  admin: Admin
  ingress: Ingress
  /** Where what is known is written down for the next start. */
  file: string
}

const objectName = 'adder.pauses'
const stateKey = 'pause'

/** How many runs are told at once that a pause has ended. */
const toldAtOnce = 32

/** How long a change may take until it can be read back, and how often that is tried, in milliseconds. */
const changedWithinMs = 5000
const lookAgainMs = 20

/** How soon other processes on the same engine notice a change, and how soon what failed is tried again, in milliseconds. */
const refreshMs = 5000
const retryMs = 500

/**
 * Where the engine keeps the pauses: under each subject its pause. They are written and read past the handlers, whose
 * calls would queue behind the very runs that are to be held.
 */
export const pausesObject = restate.object({
  name: objectName,
  handlers: {
    // An object has to have one.
    read: restate.handlers.object.shared((context: restate.ObjectSharedContext) => context.get<StoredPause>(stateKey)),
  },
})

/** The subject in the words of the command line: `connector virustotal`. */
export function subjectText({ what, name }: PauseSubject): string {
  return name === undefined ? what : `${what} ${name}`
}

/**
 * What people have paused. The engine keeps it, so that it outlives this process; this process knows it by heart, so
 * that asking costs a step nothing.
 */
export class Pauses {
  readonly #admin: Admin
  readonly #ingress: Ingress
  readonly #isLoaded = Promise.withResolvers<void>()
  readonly #closing = new AbortController()
  readonly #file: string
  #pauses: Map<string, StoredPause>
  #turn: Promise<void> = Promise.resolve()
  #releasing: Promise<void> | undefined
  #isReleaseDue = false
  #refreshing: NodeJS.Timeout | undefined

  constructor({ admin, ingress, file }: PausesOptions) {
    this.#admin = admin
    this.#ingress = ingress
    this.#file = file
    this.#pauses = readPauses(file)
  }

  /** Reads the pauses; before this has happened, no step begins. */
  async load(): Promise<void> {
    await this.#refresh()
    this.#isLoaded.resolve()
    this.#refreshing ??= setInterval(() => void this.#refresh().catch(() => undefined), refreshMs).unref()
  }

  /** What is paused, the latest first. */
  list(): Pause[] {
    const held = [...this.#pauses.values()].filter(({ end }) => end === undefined)
    return held.toSorted((a, b) => b.since.localeCompare(a.since))
  }

  /**
   * The subject of a pause that holds this step back; undefined where none does.
   *
   * @param automation whose step it is; left out where several share it.
   */
  async holding(step: string, automation?: string): Promise<string | undefined> {
    await this.#isLoaded.promise
    const [connector = '', operation] = step.split('.')
    const subjects = ['all']
    if (automation !== undefined) subjects.push(subjectText({ what: 'automation', name: automation }))
    if (operation !== undefined) subjects.push(subjectText({ what: 'connector', name: connector }))
    return subjects.find((subject) => this.#isPaused(subject))
  }

  /**
   * Takes note of a wait for the end of a pause that is on record now. Where the pause has ended meanwhile, whoever ended
   * it has not seen the wait.
   */
  async recorded(wait: string, subject: string): Promise<void> {
    await this.#isLoaded.promise
    if (!this.#isPaused(subject)) await this.#insist(() => this.#ingress.resolveWait(wait, null))
  }

  /**
   * Pauses something. When this resolves, no further step of it begins, and that outlives this process. What is paused
   * already stays so since the same time, by the new word.
   *
   * @throws EngineUnavailable.
   */
  async pause(pause: Omit<Pause, 'since'>): Promise<Pause> {
    const subject = subjectText(pause)
    const present = this.list().find((each) => subjectText(each) === subject)
    const reason = pause.reason === undefined ? undefined : maskSecrets(pause.reason)
    const stored = { ...pause, reason, since: present?.since ?? new Date().toISOString() }
    await this.#inTurn(() => this.#write(subject, stored))
    return stored
  }

  /**
   * Ends a pause; what it held goes on by and by. Returns the pause, or undefined where there is none.
   *
   * @throws EngineUnavailable.
   */
  async resume(subject: PauseSubject): Promise<Pause | undefined> {
    const text = subjectText(subject)
    const present = this.list().find((each) => subjectText(each) === text)
    if (present === undefined) return undefined
    await this.#inTurn(() => this.#write(text, { ...present, end: 'asked' }))
    this.#release()
    return present
  }

  close(): void {
    this.#closing.abort()
    clearInterval(this.#refreshing)
  }

  #isPaused(subject: string): boolean {
    const pause = this.#pauses.get(subject)
    return pause !== undefined && pause.end === undefined
  }

  #refresh(): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.#pauses
      this.#keep(new Map([...before, ...(await this.#read())]))
      const isEnding = ([subject, { end }]: [string, StoredPause]) =>
        end === 'asked' || (end === 'done' && before.get(subject)?.end !== 'done')
      if ([...this.#pauses].some(isEnding)) this.#release()
    })
  }

  async #read(): Promise<Map<string, StoredPause>> {
    const rows = await this.#admin.query<{ service_key: string; value_utf8: string }>(
      `SELECT service_key, value_utf8 FROM state WHERE service_name = '${objectName}' AND key = '${stateKey}'`,
    )
    // Nobody else writes there.
    return new Map(rows.map(({ service_key, value_utf8 }) => [service_key, JSON.parse(value_utf8) as StoredPause]))
  }

  /** Reads and writes one after the other, so that none brings back what another one has changed. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(action)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #write(subject: string, pause: StoredPause): Promise<void> {
    const text = JSON.stringify(pause)
    try {
      await this.#admin.setState(objectName, subject, { [stateKey]: text })
      // It is taken in first and done then.
      const deadline = performance.now() + changedWithinMs
      for (;;) {
        const present = (await this.#read()).get(subject)
        if (JSON.stringify(present) === text) break
        if (performance.now() > deadline) throw new Error('the engine has taken the change in and not made it')
        await setTimeout(lookAgainMs)
      }
    } catch (cause) {
      throw new EngineUnavailable('The engine does not take anything in right now', { cause })
    }
    this.#keep(new Map([...this.#pauses, [subject, pause]]))
  }

  #keep(pauses: Map<string, StoredPause>): void {
    const text = pausesText(pauses)
    const isNew = text !== pausesText(this.#pauses)
    this.#pauses = pauses
    if (!isNew) return
    try {
      writeFileSync(this.#file, text, { mode: 0o600 })
    } catch {
      // The engine has them, and tells as soon as it can.
    }
  }

  /** Has what waits for the end of a pause that has ended go on, in the background. */
  #release(): void {
    this.#isReleaseDue = true
    this.#releasing ??= this.#releaseAll().finally(() => {
      this.#releasing = undefined
    })
  }

  async #releaseAll(): Promise<void> {
    while (this.#isReleaseDue) {
      this.#isReleaseDue = false
      await this.#insist(() => this.#releaseOnce())
    }
  }

  async #releaseOnce(): Promise<void> {
    const asked = [...this.#pauses].filter(([, { end }]) => end === 'asked')
    for await (const waits of openPauseWaits(this.#admin)) {
      const over = waits.filter(({ subject }) => !this.#isPaused(subject))
      for (let first = 0; first < over.length && !this.#closing.signal.aborted; first += toldAtOnce) {
        const some = over.slice(first, first + toldAtOnce)
        await Promise.all(some.map(({ wait }) => this.#ingress.resolveWait(wait, null)))
      }
    }
    await this.#inTurn(async () => {
      // Not what has been paused again meanwhile.
      for (const [subject, pause] of asked) {
        if (this.#pauses.get(subject) === pause) await this.#write(subject, { ...pause, end: 'done' })
      }
    })
  }

  /** The engine may be away for a while. */
  async #insist(action: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        return await action()
      } catch {
        await setTimeout(retryMs, undefined, { ref: false, signal }).catch(() => undefined)
      }
    }
  }
}

function pausesText(pauses: ReadonlyMap<string, StoredPause>): string {
  return `${JSON.stringify([...pauses])}\n`
}

function readPauses(file: string): Map<string, StoredPause> {
  try {
    return new Map(JSON.parse(readFileSync(file, 'utf8')) as [string, StoredPause][]) // nobody else writes there
  } catch {
    return new Map()
  }
}
