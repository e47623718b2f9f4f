import * as z from 'zod'

/** `started.json`, by which a play is known to have been started. */
export const Started = z.object({
  playbook: z.string(),
  limit: z.array(z.string()),
  check: z.boolean(),
  /** The machine's name: only there it can be asked whether it still runs. */
  machine: z.string(),
  /** The name of the socket that its keeper listens on. */
  socket: z.string(),
  startedAt: z.iso.datetime(),
})
export type Started = z.infer<typeof Started>

/**
 * `ended.json`. `code` and `signal` are null where the program could not be run; `signal` is there where something killed
 * it.
 */
export const Ended = z.object({
  code: z.int().nullable(),
  signal: z.string().nullable(),
  isCancelled: z.boolean(),
  /** Whether the keeper was told to end by somebody else than Adder. Earlier keepers did not say it. */
  isInterrupted: z.boolean().default(false),
  endedAt: z.iso.datetime(),
})
export type Ended = z.infer<typeof Ended>

const count = z.int().min(0)

/**
 * `recap.json`: what Ansible counts for each host, each task and handler once.
 *
 * https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_error_handling.html for what is a failure, rescued
 * or ignored (read in November 2026)
 */
export const Recap = z.record(
  z.string(),
  z.object({ ok: count, changed: count, failures: count, unreachable: count, skipped: count }),
)
export type Recap = z.infer<typeof Recap>

export interface PlayedHost {
  name: string
  /** How many tasks went well, and how many of these changed something (would have, with `check`). */
  ok: number
  changed: number
  failed: number
  /** How many tasks did not reach it. */
  unreachable: number
  skipped: number
}

/** A play, while it runs or when it is over. */
export interface Play {
  /**
   * - `succeeded`: no task failed on any host, and there was a host;
   * - `failed`: a task failed on a host. Where there are no hosts, Ansible ended before any was through: a mistake in the
   *   playbook, or a limit that means no host. `output` says what;
   * - `unreachable`: no task failed, but a host could not be reached;
   * - `cancelled`: ended because somebody cancelled it;
   * - `lost`: ended from outside: the machine was restarted, systemd stopped all that Adder's unit had started, or somebody
   *   killed it. How far it was is not known.
   */
  state: 'running' | 'succeeded' | 'failed' | 'unreachable' | 'cancelled' | 'lost'
  playbook: string
  limit: readonly string[]
  /** Whether it only said what it would change. */
  check: boolean
  /** The machine that it runs on. */
  machine: string
  /** ISO 8601. */
  startedAt: string
  /** How long it took; known once it ended. */
  seconds?: number
  /** At most 100, those first that went wrong; known once it ended by itself. */
  hosts: readonly PlayedHost[]
  /** How many hosts there were in all. */
  hostCount: number
  /** The last 4,000 characters of what Ansible said, without the secrets that Adder knows. */
  output: string
}

const mostHosts = 100

export function endedPlay(
  { code, signal, isCancelled, isInterrupted }: Ended,
  recap: Recap,
): Pick<Play, 'state' | 'hosts' | 'hostCount'> {
  const hosts = Object.entries(recap).map(([name, { failures, ...counts }]) => ({ name, failed: failures, ...counts }))
  hosts.sort((a, b) => b.failed - a.failed || b.unreachable - a.unreachable || (a.name < b.name ? -1 : 1))
  return { state: endState(), hosts: hosts.slice(0, mostHosts), hostCount: hosts.length }

  function endState(): Play['state'] {
    // What was through before somebody wanted its end was not ended by that.
    if (hosts.length === 0) return isCancelled ? 'cancelled' : isInterrupted || signal !== null ? 'lost' : 'failed'
    if (hosts.some(({ failed }) => failed > 0)) return 'failed'
    if (hosts.some(({ unreachable }) => unreachable > 0)) return 'unreachable'
    // A mistake in a later playbook's text, or a callback's own crash, is told by the exit code alone.
    return code === 0 ? 'succeeded' : 'failed'
  }
}
