import { StepRefused } from '../engine/engine-errors.ts'

/** Whether a run's step ended because its ticket, or the comment that it was to edit, is not there any more. */
export function isTicketGone(error: unknown): boolean {
  return error instanceof StepRefused && error.reasonCode === 'ticket.gone'
}
