import { type Child, startChild } from './child.ts'

/** A ticket that has all its comments. */
export interface Finish {
  /** The alert's search job. */
  sid: string
  /** When its last comment was made: milliseconds since 1970. */
  at: number
  comments: number
}

export interface Finished {
  tickets: number
  finished: number
  /** Runs with many branches that have ended. */
  wideRuns: number
}

export type StandInsQuestion =
  | { ask: 'env' }
  | { ask: 'finished' }
  | { ask: 'finishes'; from: number }
  | { ask: 'webhooks'; adderUrl: string }

export interface StandInsAnswer {
  env?: Record<string, string>
  finished?: Finished
  finishes?: Finish[]
  webhooks?: boolean
}

/** Jira, Active Directory and VirusTotal as a process beside Adder's. */
export interface StandIns {
  pid: number
  /** What Adder needs to know of them. */
  env: Record<string, string>
  finished(): Promise<Finished>
  /** The finished tickets from this one on, in the order in which they were seen to be. */
  finishes(from: number): Promise<Finish[]>
  /** From now on Jira tells Adder of its tickets and comments. */
  sendWebhooks(adderUrl: string): Promise<void>
  close(): Promise<void>
}

export async function startStandIns(): Promise<StandIns> {
  const child: Child<StandInsQuestion, StandInsAnswer> = startChild('stand-ins-process.ts')
  const { env = {} } = await child.ask({ ask: 'env' })
  return {
    pid: child.pid,
    env,
    finished: async () => (await child.ask({ ask: 'finished' })).finished ?? { tickets: 0, finished: 0, wideRuns: 0 },
    finishes: async (from) => (await child.ask({ ask: 'finishes', from })).finishes ?? [],
    async sendWebhooks(adderUrl) {
      await child.ask({ ask: 'webhooks', adderUrl })
    },
    close: () => child.close(),
  }
}
