import { AdderError } from '../errors/adder-error.ts'

/**
 * A ticket, or a comment on it, is not there any more, or Adder may not see it: ticketing systems don't tell the two
 * apart. Thrown by a ticketing's effects; ends them for good.
 */
export class TicketGone extends AdderError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'ticket.gone', fault: 'config', next: 'never', cause: options.cause })
  }
}
