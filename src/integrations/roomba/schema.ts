import * as z from 'zod'

/** What the robot does, and what it says of its mission. */
export interface RobotState {
  /**
   * - `cleaning`: also on its way to its dock to charge in the middle of a mission;
   * - `resting`: charges or empties its bin at its dock in the middle of a mission, with which it goes on by itself;
   * - `paused`: stands still in the middle of a mission;
   * - `returning`: on its way home, for good;
   * - `docked`: at home, without a mission;
   * - `stuck`: a person has to help it, and `error` says why;
   * - `idle`: away from its dock, without a mission, or in a phase that Adder does not know.
   */
  doing: 'cleaning' | 'resting' | 'paused' | 'returning' | 'docked' | 'stuck' | 'idle'
  /** The robot's own word for it: `run`, `hmUsrDock`, `charge`. */
  phase: string
  /** In percent. */
  battery: number
  mission: {
    /** `clean`, `spot`, `dock`; `none` while there is none. */
    cycle: string
    /** How many missions it has begun in its life. */
    number?: number
    /** How long this one takes so far. */
    minutes?: number
    /** When it began, ISO 8601; not every model says. */
    startedAt?: string
  }
  /** iRobot's number of what is wrong; 0: nothing. The app has the words. */
  error: number
  /** iRobot's number of why it can't start; 0: it can. */
  notReady: number
  /** Whether its bin is full; not every model knows. */
  binFull?: boolean
}

const name = z.string().max(100)
const count = z.int().min(0)

/**
 * What the robot has reported so far, once it has said enough. It tells piece by piece, each in a
 * `{ state: { reported: … } }`.
 *
 * https://github.com/koalazak/dorita980, for want of documentation by iRobot (read in November 2026)
 */
export const Reported = z.object({
  batPct: z.int().min(0).max(100),
  cleanMissionStatus: z.object({
    cycle: name,
    phase: name,
    error: count.default(0),
    notReady: count.default(0),
    mssnM: count.optional(),
    nMssn: count.optional(),
    /** Seconds since 1970; 0 while there is no mission. */
    mssnStrtTm: count.max(253_402_300_799).optional(),
  }),
  bin: z.object({ full: z.boolean().optional() }).optional(),
})
export type Reported = z.infer<typeof Reported>

export function robotState({ batPct, cleanMissionStatus, bin }: Reported): RobotState {
  const { cycle, phase, error, notReady, mssnM: minutes, nMssn: number, mssnStrtTm } = cleanMissionStatus
  const startedAt = mssnStrtTm ? new Date(mssnStrtTm * 1000).toISOString() : undefined
  return {
    doing: doingIn(phase, { isOnMission: !withoutMission.has(cycle) }),
    phase,
    battery: batPct,
    mission: {
      cycle,
      ...(number === undefined ? {} : { number }),
      ...(minutes === undefined ? {} : { minutes }),
      ...(startedAt === undefined ? {} : { startedAt }),
    },
    error,
    notReady,
    ...(bin?.full === undefined ? {} : { binFull: bin.full }),
  }
}

const withoutMission: ReadonlySet<string> = new Set(['none', 'dock', 'evac'])

function doingIn(phase: string, { isOnMission }: { isOnMission: boolean }): RobotState['doing'] {
  switch (phase) {
    case 'new':
    case 'run':
    case 'resume':
    case 'hmMidMsn':
      return 'cleaning'
    case 'charge':
    case 'recharge':
    case 'evac':
      return isOnMission ? 'resting' : 'docked'
    case 'hmUsrDock':
    case 'hmPostMsn':
    case 'dock':
      return 'returning'
    case 'stop':
    case 'pause':
      return isOnMission ? 'paused' : 'idle'
    case 'stuck':
      return 'stuck'
    default:
      return 'idle'
  }
}
