import { AdderError } from '../errors/adder-error.ts'

/** The sender lists it and does not have its content any more: no later sweep can bring it in. */
export class ListedIsGone extends AdderError {
  /** What is still known of it, as a webhook would say it. */
  readonly known: unknown

  constructor(message: string, { known }: { known: unknown }) {
    super(message, { code: 'sweep.gone', fault: 'config', next: 'never' })
    this.known = known
  }
}
