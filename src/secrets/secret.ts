import { inspect } from 'node:util'

const registered = new Set<Secret>()

interface Derived {
  from: string | undefined
  spellings: Set<string>
}

/**
 * A value that must never be shown. It prints, serialises and logs as its name; only `reveal()` gives the value out,
 * and only to the code that sends it to its outside system.
 */
export class Secret {
  /** The environment variable that holds it. */
  readonly name: string
  #derived: Derived = { from: undefined, spellings: new Set() }

  constructor(name: string) {
    this.name = name
    registered.add(this)
  }

  /** Whether the environment holds a value. */
  get isSet(): boolean {
    return presentValue(this) !== undefined
  }

  /** The value. Throws when the variable is not set, which loading a configuration rules out beforehand. */
  reveal(): string {
    const value = presentValue(this)
    if (value === undefined) throw new Error(`The environment variable ${this.name} is not set`)
    return value
  }

  /**
   * What `make` makes of the value to send it in another form, such as in base64. From then on `maskSecrets` knows that
   * form too, for as long as the value stays the same. Throws as `reveal` does.
   */
  derive(make: (value: string) => string): string {
    const value = this.reveal()
    if (this.#derived.from !== value) this.#derived = { from: value, spellings: new Set() }
    const spelling = make(value)
    const { spellings } = this.#derived
    if (!spellings.has(spelling)) {
      spellings.add(spelling)
      lastMasking = undefined
    }
    return spelling
  }

  /** The value and what was derived from it; empty where the environment holds none. */
  spellings(): string[] {
    const value = presentValue(this)
    if (value === undefined) return []
    const { from, spellings } = this.#derived
    return from === value ? [value, ...spellings] : [value]
  }

  toString(): string {
    return `[secret ${this.name}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}

/** Every secret that the configuration names and the environment holds, by name. */
export function setSecrets(): Secret[] {
  return [...new Map([...registered].filter(({ isSet }) => isSet).map((each) => [each.name, each])).values()]
}

function presentValue({ name }: Secret): string | undefined {
  const value = process.env[name]
  return value === undefined || value === '' ? undefined : value
}

/**
 * A secret that is read from an environment variable, when it is needed and not before.
 *
 * @param name the variable, in capitals: `secret('JIRA_TOKEN')`.
 */
export function secret(name: string): Secret {
  return new Secret(name)
}

/** One secret, or several that are valid at once while one replaces the other. */
export type Secrets = Secret | readonly Secret[]

export function listSecrets(secrets: Secrets): readonly Secret[] {
  return secrets instanceof Secret ? [secrets] : secrets
}

/**
 * The text with every secret's value replaced by `[secret]`, also where it stands percent-encoded, inside JSON, or in a
 * form that was derived from it.
 */
export function maskSecrets(text: string): string {
  let masked = text
  for (const spelling of maskedSpellings()) {
    // Nearly no text holds one, and replaceAll takes twice as long to find that out.
    if (masked.includes(spelling)) masked = masked.replaceAll(spelling, '[secret]')
  }
  return masked
}

interface Masking {
  /** What each secret's value was. */
  values: ReadonlyMap<Secret, string | undefined>
  /** Longest first. */
  spellings: readonly string[]
}

let lastMasking: Masking | undefined

/** Every log line needs them, so they are spelled out anew only when a value has changed, or more was derived from it. */
function maskedSpellings(): readonly string[] {
  if (lastMasking === undefined || !isCurrent(lastMasking)) lastMasking = newMasking()
  return lastMasking.spellings
}

/** A secret that is new counts as one that had no value. */
function isCurrent({ values }: Masking): boolean {
  for (const each of registered) if (presentValue(each) !== values.get(each)) return false
  return true
}

function newMasking(): Masking {
  const secrets = [...registered]
  const spellings = new Set(secrets.flatMap((each) => each.spellings()))
  const masked = [...spellings].filter(({ length }) => length >= 4).sort((a, b) => b.length - a.length)
  return {
    values: new Map(secrets.map((each) => [each, presentValue(each)])),
    spellings: masked.flatMap(spellingsOf),
  }
}

function spellingsOf(value: string): string[] {
  return [...new Set([value, encodeURIComponent(value.toWellFormed()), escapedAsJson(value)])]
}

function escapedAsJson(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}
