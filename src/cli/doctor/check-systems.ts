import type { Config } from '../../config/define-config.ts'
import { AdderError } from '../../errors/adder-error.ts'
import { ConnectorRateLimited, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { listSecrets, type Secret } from '../../secrets/secret.ts'
import type { Finding } from './finding.ts'

const patienceMs = 20_000

/** What a fix may name. */
interface System {
  secrets: readonly Secret[]
  /** The vendor's documentation. */
  docs: string
}

/** Asks every outside system that the configuration has credentials for; changes nothing there. */
export async function checkSystems({ connectors = {}, ticketing, records, sources = [] }: Config): Promise<Finding[]> {
  const ports = [
    ...Object.entries(connectors).map(([name, definition]) => ({ of: `connector "${name}"`, definition })),
    ...(ticketing === undefined ? [] : [{ of: 'ticketing', definition: ticketing }]),
    ...(records === undefined ? [] : [{ of: 'records', definition: records }]),
  ]
  const findings = await Promise.all([
    ...ports.map(({ of, definition }) =>
      probed(of, definition, async () => {
        const port = definition.connect()
        await port.probe(call()).finally(() => port.close())
        return []
      }),
    ),
    ...sources.flatMap(({ name, docs, sweep }) =>
      sweep === undefined
        ? []
        : [probed(`sweep of "${name}"`, { secrets: sweep.secrets, docs }, () => sweep.connect().probe(call))],
    ),
    ...sources.flatMap(({ name, docs, authentication }) => {
      if (authentication.kind !== 'queue') return []
      const secrets = listSecrets(authentication.secrets)
      return [probed(`queue of "${name}"`, { secrets, docs }, () => authentication.connect().probe(call))]
    }),
  ])
  return findings.flat()
}

async function probed(of: string, system: System, probe: () => Promise<readonly string[]>): Promise<Finding[]> {
  const startedAt = performance.now()
  try {
    const problems = await probe()
    if (problems.length > 0) return problems.map((says) => ({ of, state: 'failed', says }))
    return [{ of, state: 'ok', says: `lets Adder in, after ${Math.round(performance.now() - startedAt)} ms` }]
  } catch (error) {
    const state = error instanceof ConnectorRateLimited ? 'warning' : 'failed'
    const says = error instanceof AdderError ? error.message : String(error)
    return [{ of, state, says, fix: fixOf(error, system) }]
  }
}

function fixOf(error: unknown, { secrets, docs }: System): string {
  if (error instanceof ConnectorUnavailable)
    return 'Check its address in the configuration, and whether this machine reaches it: name service, firewall, certificate.'
  if (error instanceof ConnectorRateLimited)
    return 'Wait. If it stays so, others use the same account, or its quota is smaller than the configured one.'
  if (error instanceof ConnectorRefused)
    return `Check that ${secrets.map(({ name }) => name).join(' and ')} is what it gave out and has not expired, and the rights of that account: ${docs}`
  return `Check that its address in the configuration is that of its API, and not of a proxy or a log-in page: ${docs}`
}

function call() {
  return { signal: AbortSignal.timeout(patienceMs) }
}
