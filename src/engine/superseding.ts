import * as restate from '@restatedev/restate-sdk'
import { JournalUnfit } from './check-end.ts'
import { RunMisuse } from './engine-errors.ts'
import type { EngineEvent } from './engine-event.ts'
import { runKey } from './run-key.ts'
import { type EventInput, type RunRequest, runsService } from './service-inputs.ts'
import type { ServicesOptions } from './services.ts'

/** The engine's error code for a journal that the code no longer fits. */
const journalMismatchCode = 570

/** Code that changes this often under one run is not changed: it does something else each time it is replayed. */
const maxGenerations = 20

/** When the code has changed under a run, the next generation is in before the present one ends. */
export function superseding<Event extends EngineEvent>({
  programs,
  ingress,
  admin,
  observe,
}: ServicesOptions<Event>): restate.HooksProvider {
  return ({ request }) => ({
    interceptor: {
      handler: async (proceed) => {
        try {
          await proceed()
        } catch (error) {
          if (isUnfit(error)) {
            for (const each of overtaken(request.body))
              await begin({ ...each, generation: each.generation + 1, supersedes: request.id })
            // The engine itself would try the present one for ever.
            await admin.kill(request.id)
          }
          throw error
        }
      },
    },
  })

  /** The runs that the invocation was: its own, or those that its event started. */
  function overtaken(body: Uint8Array): RunRequest<Event>[] {
    const input = JSON.parse(Buffer.from(body).toString('utf8')) as RunRequest<Event> | EventInput<Event> // the services' own
    if ('automation' in input) return [input]
    const { event, automations = programs.matching(event) } = input
    return automations.map((automation) => ({ automation, event, generation: 0 }))
  }

  async function begin(request: RunRequest<Event>): Promise<void> {
    const { automation, event, generation } = request
    if (generation > maxGenerations) {
      const { code, message: reason } = new RunMisuse(
        `"${automation}" does something else each time it is replayed. Use the run's own now, random and uuid`,
      )
      observe({ kind: 'run failed', automation, event: event.id, generation, code, reason })
      return
    }
    const key = runKey(automation, event.id, generation)
    await ingress.send({ service: runsService, handler: 'run', input: request, key })
    observe({ kind: 'run superseded', automation, event: event.id, generation })
  }
}

export function isUnfit(error: unknown): boolean {
  if (error instanceof JournalUnfit) return true
  return error instanceof restate.RestateError && error.code === journalMismatchCode
}
