// Whatever the files in this folder export is run, wherever it was written.
export { codeReview } from '../../code-review/automations/code-review.ts'
export { scanHost } from '../../jobs/automations/scan-host.ts'
export { cleanFloor, sendHome } from '../../roomba/automations/cleaning.ts'
export { enrichTicket, openTicket } from '../../talk/automations/mock-scan.ts'
