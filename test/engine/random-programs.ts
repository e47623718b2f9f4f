import type { ProgramsModule, TestEvent } from './engine-child.ts'
import type { Program, Result } from './random-program.ts'
import { errorResult, runProgram } from './run-program.ts'
import { StepLog } from './step-log.ts'

/** What an event of kind `random` carries. */
export interface RandomRun {
  run: number
  program: Program
}

/** One automation that runs the program that its event carries; writes what happens to the log in `options.extra`. */
export const programs: ProgramsModule = ({ observe, options }) => {
  const log = new StepLog(String(options.extra))
  observe((observation) => {
    if (observation.kind === 'run superseded' || observation.kind === 'run failed' || observation.kind === 'waiting')
      log.write({ kind: 'observed', observation: JSON.stringify(observation) })
  })
  return {
    matching: () => ['random'],
    program:
      () =>
      async ({ event, steps }) => {
        const { run, program } = (event as TestEvent).data as RandomRun // put there by the test
        let result: Result
        try {
          result = await runProgram(program, { run, steps, log })
        } catch (error) {
          result = errorResult(error)
        }
        await steps.step('finish', () => log.write({ kind: 'finished', run, result }))
      },
  }
}
