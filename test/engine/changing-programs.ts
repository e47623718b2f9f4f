import type { Effect } from '../../src/connectors/effect.ts'
import { found, notFound } from '../../src/connectors/outcome.ts'
import { ConnectorUnavailable } from '../../src/errors/connector-errors.ts'
import type { ProgramsModule } from './engine-child.ts'

/** What the module is told in `options.extra`. */
export interface ChangingOptions {
  /** Which version of the code this process has. */
  version: 1 | 2
  /** An outside system over HTTP: `POST /make/<marker>` and `GET /find/<marker>`. */
  outside: string
}

/** Automations whose code changes from one version to the next, and what both need. */
export const programs: ProgramsModule = ({ options, send }) => {
  const { version, outside } = options.extra as ChangingOptions // as the test gave it
  const thing = overHttp(outside)
  return {
    matching: ({ kind }) => [kind],
    program: (automation) => async (run) => {
      const { steps } = run
      if (automation === 'make') {
        await steps.effect('thing', thing, 'it')
      } else if (automation === 'sleep') {
        send('asleep')
        await steps.sleep(1000)
      } else if (version === 1) {
        await steps.effect('thing', thing, 'it')
        const asleep = steps.sleep(3_600_000)
        // What this step has recorded, the sleep before it has, too.
        await steps.step('asleep', () => 1)
        send('asleep')
        await asleep
      } else {
        await steps.effect('thing', thing, 'it')
        await steps.step('added', () => send('added'))
      }
    },
  }
}

function overHttp(outside: string): Effect<string, string> {
  return {
    once: 'by marker',
    finding: 'lagging',
    timeoutMs: 1500,
    make: async (input, { marker, signal }) => {
      try {
        await fetch(`${outside}/make/${marker}`, { method: 'POST', signal })
      } catch (cause) {
        throw new ConnectorUnavailable('no answer', { mayHaveHappened: true, cause })
      }
      return input
    },
    find: async (input, { marker, signal }) => {
      const { status } = await fetch(`${outside}/find/${marker}`, { signal })
      return status === 200 ? found(input) : notFound()
    },
  }
}
