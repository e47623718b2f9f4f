import { AdderError } from './adder-error.ts'

/** One thing that is wrong with a configuration, and where. */
export interface ConfigFault {
  /** Where: `sources[0].token`, `connectors.virustotal.apiKey`, a file, or an environment variable. */
  at: string
  /** What is wrong and how to mend it, in one sentence. */
  problem: string
}

/** Thrown when a configuration can't be used; names every fault at once. */
export class ConfigError extends AdderError {
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ at, problem }) => `  ${at}: ${problem}`)
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${lines.join('\n')}`,
      {
        code: 'config.invalid',
        fault: 'config',
        next: 'never',
      },
    )
    this.faults = faults
  }
}
