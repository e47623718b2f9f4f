import { inspect } from 'node:util'

const registered = new Set<Secret>()

/**
 * A value that must never be shown. It prints, serialises and logs as its name; only `reveal()` gives the value out,
 * and only to the code that sends it to its outside system.
 */
export class Secret {
  /** The environment variable that holds it. */
  readonly name: string

  constructor(name: string) {
    this.name = name
    registered.add(this)
  }

  /** Whether the environment holds a value. */
  get isSet(): boolean {
    return this.#value() !== undefined
  }

  /** The value. Throws when the variable is not set, which loading a configuration rules out beforehand. */
  reveal(): string {
    const value = this.#value()
    if (value === undefined) throw new Error(`The environment variable ${this.name} is not set`)
    return value
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

  #value(): string | undefined {
    const value = process.env[this.name]
    return value === undefined || value === '' ? undefined : value
  }
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

/** The values of all secrets that have one, longest first, for masking them where text leaves the process. */
export function secretValues(): string[] {
  const values = [...registered].filter((each) => each.isSet).map((each) => each.reveal())
  return [...new Set(values)].filter((value) => value.length >= 4).sort((a, b) => b.length - a.length)
}

/** The text with every secret's value replaced by `[secret]`, also where it stands percent-encoded or inside JSON. */
export function maskSecrets(text: string): string {
  return secretValues()
    .flatMap((value) => [...new Set([value, encodeURIComponent(value.toWellFormed()), escapedAsJson(value)])])
    .reduce((masked, spelling) => masked.replaceAll(spelling, '[secret]'), text)
}

function escapedAsJson(value: string): string {
  return JSON.stringify(value).slice(1, -1)
}
