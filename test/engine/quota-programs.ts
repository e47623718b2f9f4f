import { appendFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Connector } from '../../src/connectors/connector.ts'
import { found } from '../../src/connectors/outcome.ts'
import type { ProgramsModule } from './engine-child.ts'

/** What the module is told in `options.extra`. */
export interface QuotaOptions {
  /** The outside system writes each request to this file. */
  requestsFile: string
  /** The program writes to this one what it was answered. */
  answersFile: string
}

/** A program that asks a question of its own in each run, within a quota of three a second. */
export const programs: ProgramsModule = ({ options }) => ({
  matching: ({ kind }) => [kind],
  program:
    () =>
    async ({ event, steps }) => {
      const question = { connector: 'oracle', lookup: 'ask', input: event.data }
      const outcome = await steps.sharedLookup(question, { found: 0, notFound: 0 })
      const { answersFile } = options.extra as QuotaOptions // as the test gave it
      await steps.step('answered', () => appendFileSync(answersFile, `${JSON.stringify(outcome)}\n`))
    },
})

export function connectors({ extra }: { extra?: unknown }): Record<string, Connector> {
  const { requestsFile } = extra as QuotaOptions // as the test gave it
  const oracle: Connector = {
    lookups: {
      ask: async (input: unknown) => {
        appendFileSync(requestsFile, `${JSON.stringify({ input, at: Date.now() })}\n`)
        // So long that a kill finds requests under way.
        await setTimeout(300)
        return found(input)
      },
    },
    effects: {},
    quota: [{ requests: 3, per: 'second' }],
    probe: async () => undefined,
    close: async () => undefined,
  }
  return { oracle }
}
