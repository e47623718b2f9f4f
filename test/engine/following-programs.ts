import { follow } from '../../src/automations/follow.ts'
import { found, notFound } from '../../src/connectors/outcome.ts'
import type { ProgramsModule } from './engine-child.ts'

/** Follows a job whose state `GET <extra>` tells, by a clock on which an hour is 3.6 seconds. */
export const programs: ProgramsModule = ({ options, send }) => ({
  matching: ({ kind }) => [kind],
  program:
    () =>
    async ({ steps }) => {
      const ask = async () => {
        const response = await fetch(String(options.extra))
        return response.ok ? found(await response.text()) : notFound()
      }
      const followed = await follow({
        sleep: (ms) => steps.sleep(ms / 1000),
        ask: () => steps.lookup('job', ask, undefined),
        isOver: (state) => state === 'over',
        within: '12h',
      })
      send(followed)
    },
})
