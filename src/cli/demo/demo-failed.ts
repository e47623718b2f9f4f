import { AdderError } from '../../errors/adder-error.ts'

/** The demo's ticket did not get its answers, or a stop of the tour did not go well. */
export class DemoFailed extends AdderError {
  constructor(message: string) {
    super(message, { code: 'demo.failed', fault: 'adder', next: 'never' })
  }
}
