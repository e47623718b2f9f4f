import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, on } from 'node:events'
import type { Observation } from '../../src/engine/observation.ts'
import { closeBeforeRemoval } from './data-folder.ts'
import type { ChildOptions, FromChild, TestEvent, ToChild } from './engine-child.ts'

/** A process with an engine in it, which a test may kill. */
export interface Child {
  enginePid: number
  observations: Observation[]
  /** What the engine room said about its engine. */
  engineEvents: { kind: string }[]
  /** What the programs said. */
  said: unknown[]
  accept(event: TestEvent): Promise<{ run: string; isDuplicate: boolean }>
  rerun(automation: string, event: TestEvent, generation: number): Promise<unknown>
  resolveWait(wait: string): Promise<unknown>
  query<Row>(sql: string): Promise<Row[]>
  /** Throws where the process has ended, with what it wrote to its error output. */
  checkAlive(): void
  /** Waits until it holds; looks whenever the child says something. */
  until(holds: () => boolean): Promise<void>
  /** Ends the process with -9; its engine lives on. */
  kill(): Promise<void>
  /** Ends the engine and the process. */
  close(): Promise<void>
}

/** How long something may take to happen, in milliseconds. */
const patienceMs = 60_000

/**
 * Starts the process; it ends with the test. Rejects with what it wrote to its error output where it does not get ready.
 */
export async function startChild(dataFolder: string, module: string, options: ChildOptions = {}): Promise<Child> {
  const process = fork(new URL('./engine-child.ts', import.meta.url), [dataFolder, module, JSON.stringify(options)], {
    execArgv: ['--conditions=adder-source'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let errors = ''
  process.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const ended = new Promise<void>((resolve) => process.once('exit', () => resolve()))
  const news = new EventEmitter({ captureRejections: false }).setMaxListeners(0)
  const answers = new Map<number, PromiseWithResolvers<unknown>>()
  const child = {
    enginePid: 0,
    observations: [] as Observation[],
    engineEvents: [] as { kind: string }[],
    said: [] as unknown[],
  }
  process.on('message', (message: FromChild) => {
    take(message)
    news.emit('news')
  })
  process.once('exit', () => {
    for (const answer of answers.values()) answer.reject(new Error('the child has ended'))
    answers.clear()
    news.emit('news')
  })
  let requests = 0
  let isReady = false

  closeBeforeRemoval(dataFolder, close)
  await until(() => isReady)
  return {
    ...child,
    get enginePid() {
      return child.enginePid
    },
    accept: (event) => ask({ kind: 'accept', event }) as Promise<{ run: string; isDuplicate: boolean }>,
    rerun: (automation, event, generation) => ask({ kind: 'rerun', automation, event, generation }),
    resolveWait: (wait) => ask({ kind: 'resolveWait', wait }),
    query: <Row>(sql: string) => ask({ kind: 'query', sql }) as Promise<Row[]>,
    checkAlive,
    until,
    kill: () => end(process, ended),
    close,
  }

  async function close(): Promise<void> {
    if (!hasEnded() && isReady) await ask({ kind: 'close' })
    await end(process, ended)
  }

  function take(message: FromChild): void {
    if (message.kind === 'ready') isReady = true
    if (message.kind === 'observation') child.observations.push(message.observation)
    if (message.kind === 'engine') child.engineEvents.push(message.event)
    if (message.kind === 'engine' && 'pid' in message.event) child.enginePid = Number(message.event.pid)
    if (message.kind === 'said') child.said.push(message.message)
    if (message.kind === 'answer') {
      const answer = answers.get(message.id)
      answers.delete(message.id)
      if (message.error === undefined) answer?.resolve(message.value)
      else answer?.reject(new Error(message.error))
    }
  }

  function ask(request: Without<ToChild, 'id'>): Promise<unknown> {
    requests += 1
    const answer = Promise.withResolvers<unknown>()
    answers.set(requests, answer)
    process.send({ ...request, id: requests }, (error: Error | null) => {
      if (error !== null) answer.reject(error)
    })
    return answer.promise
  }

  async function until(holds: () => boolean): Promise<void> {
    if (holds()) return
    for await (const _ of on(news, 'news', { signal: AbortSignal.timeout(patienceMs) })) {
      if (holds()) return
      checkAlive()
    }
  }

  function checkAlive(): void {
    if (hasEnded()) throw new Error(`the process has ended: ${errors}`)
  }

  function hasEnded(): boolean {
    return process.exitCode !== null || process.signalCode !== null
  }
}

type Without<T, Key extends string> = T extends unknown ? Omit<T, Key> : never

async function end(process: ChildProcess, ended: Promise<void>): Promise<void> {
  process.kill('SIGKILL')
  await ended
}
