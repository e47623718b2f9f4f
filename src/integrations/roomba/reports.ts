import * as z from 'zod'
import { fieldFaults } from '../../connectors/field-faults.ts'
import { ConnectorAnswerInvalid } from '../../errors/connector-errors.ts'
import { Reported, type RobotState, robotState } from './schema.ts'

export interface Reports {
  /** A message of the robot's, whatever its topic; what is no report is passed over. */
  hear(payload: Buffer): void
  /** The state, as soon as it is what is wanted. Rejects where a report can't be read. */
  when(isWanted: (state: RobotState) => boolean): Promise<RobotState>
  /** What there is to say where that did not come. */
  missing(): string
}

const Message = z.object({ state: z.object({ reported: z.record(z.string(), z.unknown()) }) })

/** Puts the robot's state together from what it reports piece by piece. */
export function reports(what: string): Reports {
  const reported: Record<string, unknown> = {}
  const listeners = new Set<() => void>()
  let state: RobotState | undefined
  let fault: ConnectorAnswerInvalid | undefined

  return {
    hear(payload) {
      const { data: message } = Message.safeParse(parsed(payload))
      if (message === undefined) return
      Object.assign(reported, message.state.reported)
      if (reported.cleanMissionStatus === undefined || reported.batPct === undefined) return
      const { data, error } = Reported.safeParse(reported)
      if (data !== undefined) state = robotState(data)
      else fault = new ConnectorAnswerInvalid(`${what}: ${fieldFaults(error, 'its report')}`)
      for (const listener of listeners) listener()
    },
    when(isWanted) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (fault !== undefined) reject(fault)
          else if (state !== undefined && isWanted(state)) resolve(state)
          else return
          listeners.delete(look)
        }
        listeners.add(look)
        look()
      })
    },
    missing() {
      if (state === undefined) return 'it told nothing of its mission in time'
      const { phase, error, notReady } = state
      return `it did not come to that in time; its phase is ${JSON.stringify(phase)}, error ${error}, notReady ${notReady}`
    },
  }
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString())
  } catch {
    return undefined
  }
}
