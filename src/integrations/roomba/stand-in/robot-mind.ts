/** `cleanMissionStatus`, as a Roomba 980 tells it. */
export interface Mission {
  cycle: 'none' | 'clean' | 'dock'
  phase: 'charge' | 'run' | 'stop' | 'hmUsrDock' | 'hmMidMsn' | 'hmPostMsn' | 'stuck'
  error: number
  notReady: number
  mssnM: number
  nMssn: number
  /** Seconds since 1970; 0 while there is no mission. */
  mssnStrtTm: number
}

const resting: Pick<Mission, 'cycle' | 'phase' | 'mssnM' | 'mssnStrtTm'> = {
  cycle: 'none',
  phase: 'charge',
  mssnM: 0,
  mssnStrtTm: 0,
}

/**
 * What a robot does when it is told something or something happens to it. It begins at home.
 *
 * @param changed called after each change.
 * @param onWay called when it has set out for home.
 */
export function robotMind({ changed, onWay }: { changed(): void; onWay(): void }) {
  let mission: Mission = { ...resting, error: 0, notReady: 0, nMssn: 38 }

  function become(next: Partial<Mission>): void {
    mission = { ...mission, ...next }
    changed()
  }

  function setOut(phase: 'hmUsrDock' | 'hmMidMsn' | 'hmPostMsn'): void {
    become({ phase, ...(mission.cycle === 'none' ? { cycle: 'dock' } : {}) })
    onWay()
  }

  const isMoving = () => /^(run|hm)/.test(mission.phase)

  return {
    mission: () => mission,
    obey(command: string): void {
      const { phase, cycle, nMssn } = mission
      if (phase === 'stuck') return
      if (command === 'start' && !isMoving() && cycle !== 'clean')
        become({ cycle: 'clean', phase: 'run', nMssn: nMssn + 1, mssnStrtTm: Math.floor(Date.now() / 1000) })
      if (command === 'resume' && phase === 'stop' && cycle === 'clean') become({ phase: 'run' })
      if (command === 'pause' && isMoving()) become({ phase: 'stop', cycle: cycle === 'clean' ? 'clean' : 'none' })
      if (command === 'stop') become({ ...resting, phase: phase === 'charge' ? 'charge' : 'stop' })
      if (command === 'dock' && phase === 'stop') setOut('hmUsrDock')
    },
    arrive(): void {
      if (mission.phase === 'hmMidMsn') become({ phase: 'charge' })
      else if (isMoving()) become(resting)
    },
    finish(): void {
      setOut('hmPostMsn')
    },
    tire(): void {
      setOut('hmMidMsn')
    },
    getStuck(error: number): void {
      become({ phase: 'stuck', error })
    },
    carryAway(): void {
      become({ ...resting, phase: 'stop' })
    },
  }
}
