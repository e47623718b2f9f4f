/** What GitHub makes of a status: `state` and `state_reason` of an issue. */
interface IssueState {
  state: 'open' | 'closed'
  state_reason: 'reopened' | 'completed' | 'not_planned' | 'duplicate'
}

/** The statuses of a ticket: an issue is open, or closed for one of three reasons. */
const statuses: Readonly<Record<string, IssueState>> = {
  open: { state: 'open', state_reason: 'reopened' },
  closed: { state: 'closed', state_reason: 'completed' },
  'not planned': { state: 'closed', state_reason: 'not_planned' },
  duplicate: { state: 'closed', state_reason: 'duplicate' },
}

export const statusNames = Object.keys(statuses)

/** By its name, in any case; undefined where there is none. */
export function issueState(name: string): IssueState | undefined {
  const wanted = name.trim().toLowerCase()
  return Object.hasOwn(statuses, wanted) ? statuses[wanted] : undefined
}

/** A closed issue without a reason, as old ones are, counts as completed. */
export function statusOf({ state, state_reason }: { state: string; state_reason?: string | null | undefined }): string {
  if (state === 'open') return 'open'
  return statusNames.find((name) => statuses[name]?.state_reason === state_reason && name !== 'open') ?? 'closed'
}
