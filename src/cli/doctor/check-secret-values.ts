import type { Config } from '../../config/define-config.ts'
import { listSecrets, type Secret, setSecrets } from '../../secrets/secret.ts'
import type { Finding } from './finding.ts'

const shortestLength = 16

const fix = 'Make each with openssl rand -hex 32.'

interface Held {
  /** Whose secret it is: `source "splunk"`. */
  holder: string
  secret: Secret
}

/** Looks for secrets that somebody could guess, could use in another's place, or has pasted with a space. Shows none. */
export function checkSecretValues(config: Config): Finding[] {
  const inbound = inboundSecrets(config)
  return [...spaced(setSecrets()), ...short(inbound), ...shared(inbound)]
}

/** What proves to Adder who is asking; what proves Adder to others is for them to judge. */
function inboundSecrets({ sources = [], tokens = [] }: Config): Held[] {
  const hooked = sources.filter(({ authentication }) => authentication.kind !== 'queue')
  return [
    ...hooked.flatMap(({ name, authentication }) =>
      listSecrets(authentication.secrets).map((secret) => ({ holder: `source "${name}"`, secret })),
    ),
    ...tokens.map(({ name, secret }) => ({ holder: `token "${name}"`, secret })),
  ].filter(({ secret }) => secret.isSet)
}

/** No fault, for a password may be so. */
function spaced(secrets: readonly Secret[]): Finding[] {
  return secrets
    .filter((secret) => /^ | $/.test(secret.reveal()))
    .map(({ name }) => warning(`${name} begins or ends with a space`, 'Take it away where it does not belong there.'))
}

function short(inbound: readonly Held[]): Finding[] {
  return inbound
    .filter(({ secret }) => secret.reveal().length < shortestLength)
    .map(({ holder, secret }) =>
      warning(`${secret.name} of ${holder} has under ${shortestLength} characters, which can be guessed`, fix),
    )
}

function shared(inbound: readonly Held[]): Finding[] {
  const byValue = Object.values(Object.groupBy(inbound, ({ secret }) => secret.reveal()))
  return byValue
    .filter((held = []) => new Set(held.map(({ holder }) => holder)).size > 1)
    .map((held = []) => {
      const all = held.map(({ holder, secret }) => `${holder} (${secret.name})`).join(' and ')
      return warning(`${all} have the same value, so one could pass for the other`, fix)
    })
}

function warning(says: string, fix: string): Finding {
  return { of: 'secrets', state: 'warning', says, fix }
}
