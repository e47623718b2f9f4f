import { randomUUID } from 'node:crypto'
import { alertBody } from './alert.ts'
import { realSystems } from './bare-systems.ts'

/** How many alerts' requests the stand-ins answer in a second, asked by this process directly. */
export async function standInsCeiling(
  env: Record<string, string>,
  { alerts, clients }: { alerts: number; clients: number },
): Promise<number> {
  const systems = await realSystems(env)
  const startedAt = performance.now()
  let begun = 0
  const client = async (): Promise<void> => {
    while (begun < alerts) {
      begun += 1
      const ticket = await systems.openTicket(alertBody().body)
      await Promise.all([systems.findUser(), systems.findFile()])
      await Promise.all([systems.comment(ticket, randomUUID()), systems.comment(ticket, randomUUID())])
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return alerts / ((performance.now() - startedAt) / 1000)
}
