import type { Config } from '../config/define-config.ts'
import { AdderError } from '../errors/adder-error.ts'
import { maskSecrets } from '../secrets/secret.ts'

/** An outside system that was asked, and what is wrong with it. */
export interface Probed {
  /** `connector "virustotal"`, `ticketing`, `sweep of "splunk"`. */
  of: string
  /** Empty where it lets Adder in and has what is needed. */
  problems: readonly string[]
}

const patienceMs = 20_000

/** Asks every outside system that the configuration has credentials for; changes nothing there. */
export async function probeProject({ connectors = {}, ticketing, sources = [] }: Config): Promise<Probed[]> {
  const ports = [
    ...Object.entries(connectors).map(([name, definition]) => ({ of: `connector "${name}"`, definition })),
    ...(ticketing === undefined ? [] : [{ of: 'ticketing', definition: ticketing }]),
  ]
  return Promise.all([
    ...ports.map(({ of, definition }) =>
      probed(of, async () => {
        const port = definition.connect()
        await port.probe(call()).finally(() => port.close())
        return []
      }),
    ),
    ...sources.flatMap(({ name, sweep }) =>
      sweep === undefined ? [] : [probed(`sweep of "${name}"`, () => sweep.connect().probe(call))],
    ),
  ])
}

async function probed(of: string, probe: () => Promise<readonly string[]>): Promise<Probed> {
  try {
    return { of, problems: await probe() }
  } catch (error) {
    return { of, problems: [maskSecrets(error instanceof AdderError ? error.message : String(error))] }
  }
}

function call() {
  return { signal: AbortSignal.timeout(patienceMs) }
}
