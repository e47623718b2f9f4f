import { hash } from 'node:crypto'
import type { Once } from '../connectors/effect.ts'
import { RunMisuse, StepRefused } from './engine-errors.ts'
import type { EngineEvent } from './engine-event.ts'
import type { Journal } from './journal.ts'
import { type GroupAnswer, type GroupRequest, groupsService } from './service-inputs.ts'

/** After this long without an answer, the run says what it waits for, in milliseconds. */
const silentMs = 30_000

/** So often a run asks again whose question came to nothing; each time takes a person or changed code. */
const maxQuestions = 20

/** What a run asks a group. */
export interface GroupQuestion {
  /** Which group, among those of the automation. Only a hash of it is kept. */
  key: string
  /** What it is recorded under: `jira.find`. */
  effect: string
  /** Tells the run's questions of this name apart. */
  discriminator: string
}

/** What a run wants of a group. */
export interface GroupPart extends GroupQuestion {
  /** How the effect that the group makes is made once. */
  once: Once
  input: unknown
}

interface Asking {
  journal: Journal
  automation: string
  event: EngineEvent
  run: string
  marker: string
}

/**
 * Asks a group for what it has made, or to make it. The same run, in whatever generation, gets the same answer: it is
 * kept for as long as runs are.
 *
 * @returns what was made, and which part of the group this run is: 1 made it.
 * @throws StepRefused
 */
export async function askGroup<Made>(part: GroupPart, asking: Asking): Promise<{ made: Made; number: number }> {
  const { effect, once } = part
  const { journal, marker } = asking
  const { made: value, number } = await answerOf(part, asking)
  const made = value as Made // what the group's own work made
  const isJoined = number > 1
  const record = async () => ({ kind: 'done', value: made, effect: isJoined ? 'joined' : 'made' }) as const
  await journal.tryIntended(`${effect} (group)`, record, { marker, once })
  return { made, number }
}

/**
 * Asks a group for what it has made and what is still open. The same run gets the same answer, in whatever generation.
 *
 * @returns undefined where there is nothing.
 * @throws StepRefused
 */
export async function findInGroup<Made>(question: GroupQuestion, asking: Asking): Promise<Made | undefined> {
  const { made, number } = await answerOf(question, asking)
  return number === 0 ? undefined : (made as Made) // what the group's own work made
}

async function answerOf(
  { key, effect, discriminator, input }: GroupQuestion & { input?: unknown },
  { journal, automation, event, run, marker }: Asking,
): Promise<Extract<GroupAnswer, { kind: 'done' }>> {
  for (let question = 0; question < maxQuestions; question += 1) {
    const request: GroupRequest = {
      automation,
      event: { id: event.id, at: event.at },
      run,
      generation: journal.generation,
      question,
      discriminator,
      input,
    }
    const asked = await saidWhileSilent(
      journal.askObject<GroupAnswer>({
        name: `${effect} (group)`,
        service: groupsService,
        handler: 'take',
        object: hashOf([automation, key]),
        input: request,
        key: hashOf([marker, question]),
      }),
    )
    // What was cancelled with an earlier generation, or no longer fitted the code, is asked for once more.
    if (asked === 'ended') continue
    const { answer } = asked
    if (answer.kind === 'done') return answer
    if (answer.generation >= journal.generation) throw new StepRefused(effect, answer)
  }
  throw new RunMisuse(`"${effect}" of "${automation}" does something else each time it is replayed`)

  /** What the runs before this one wait for is said at theirs; that this one waits for them is said here. */
  async function saidWhileSilent<T>(answer: Promise<T>): Promise<T> {
    const silent = journal.sleep(silentMs).then(() => 'silent' as const)
    if ((await Promise.race([answer, silent])) === 'silent') {
      const reason = 'waits until the runs of its group that came before it have their ticket'
      await journal.try(`${effect} (group)`, async () => ({ kind: 'again', code: 'group.turn', reason }) as const)
    }
    return answer
  }
}

function hashOf(of: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(of), 'hex')
}
