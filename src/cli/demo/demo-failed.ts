import { AdderError } from '../../errors/adder-error.ts'

/** The demo's ticket did not get its answers. */
export class DemoFailed extends AdderError {
  constructor(message: string) {
    super(message, { code: 'demo.failed', fault: 'adder', next: 'never' })
  }
}
