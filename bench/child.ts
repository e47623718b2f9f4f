import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process of the benchmark that answers questions, one at a time. */
export interface Child<Question, Answer> {
  pid: number
  ask(question: Question): Promise<Answer>
  close(): Promise<void>
}

/** @param file beside this one. */
export function startChild<Question extends object, Answer>(
  file: string,
  { args = [], env = process.env }: { args?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Child<Question, Answer> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ['--conditions=adder-source'],
    // A group of its own: Ctrl-C in a terminal ends the benchmark, and the benchmark its processes.
    detached: true,
    env,
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let last: Promise<unknown> = Promise.resolve()

  async function askNow(question: Question): Promise<Answer> {
    const answered = once(child, 'message')
    // A child that has gone is told by its end.
    child.send(question, () => undefined)
    const answer = await Promise.race([answered, ended])
    if (answer === undefined) throw new Error(`${file} ended with exit code ${child.exitCode}`)
    return answer[0] as Answer // what the child's own file answers
  }

  return {
    pid: child.pid ?? 0,
    ask(question) {
      const asked = last.then(() => askNow(question))
      last = asked.catch(() => undefined)
      return asked
    },
    async close() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
