import * as z from 'zod'
import { RunPage } from '../../src/api/shapes.ts'
import { adderClient } from '../../src/cli/adder-client.ts'

/** A run that waits for a person, as Adder's API lists it. */
export interface WaitingRun {
  run: string
  reason: string
}

export async function waitingRuns(dataFolder: string): Promise<WaitingRun[]> {
  const client = adderClient({ data: dataFolder })
  const waiting: WaitingRun[] = []
  let after: string | undefined
  do {
    const page = await client.get('/api/runs', RunPage, { state: 'waiting', limit: 200, after })
    waiting.push(...page.items.map(({ id, trouble }) => ({ run: id, reason: trouble?.reason ?? '' })))
    after = page.next
  } while (after !== undefined)
  return waiting
}

export async function retryAll(dataFolder: string, runs: readonly WaitingRun[]): Promise<void> {
  const client = adderClient({ data: dataFolder })
  const shape = z.object({ run: z.string(), waits: z.number() })
  for (const { run } of runs) await client.post(`/api/runs/${run}/retry`, shape)
}
