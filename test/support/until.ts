import { setTimeout } from 'node:timers/promises'

/**
 * Resolves with what the question answers as soon as that is neither false nor undefined. Asks every `everyMs`; gives
 * up after `withinMs`, which is a guard against waiting for ever and says nothing about how fast it has to be.
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  {
    withinMs = 60_000,
    everyMs = 20,
    shown = () => '',
  }: { withinMs?: number; everyMs?: number; shown?: () => string } = {},
): Promise<Exclude<T, false | undefined>> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined> // just ruled out
    if (Date.now() > deadline) throw new Error(`waited ${withinMs / 1000} s in vain until ${what}\n${shown()}`)
    await setTimeout(everyMs)
  }
}
