import { automation, code, type Followed, facts, follow, link, type Outcome, request } from 'adderjs'
import { type Build, isOver } from 'adderjs/jenkins'
import * as z from 'zod'

/** `POST /automations/scan-host/runs`: a ticket, a scan that takes as long as it takes, and its end on the ticket. */
export const scanHost = automation({
  name: 'scan-host',
  on: request(z.object({ host: z.string().regex(/^[\w.-]{1,253}$/) })),
  run: async ({ event, tickets, jenkins, sleep }) => {
    const ticket = await tickets.open({ summary: `Scan of ${event.host}`, labels: ['scan'] })
    const started = await jenkins.start({ job: 'security/scan', parameters: { HOST: event.host } })
    const scan = await follow({ sleep, ask: () => jenkins.build(started), isOver, within: '6h' })
    const log = await jenkins.console(started)
    await tickets.comment(ticket, [facts({ Scan: said(scan), Console: consoleLink(scan) }), ...lastLines(log)])
  },
})

function said(scan: Followed<Build>): string {
  switch (scan.kind) {
    case 'over':
      return scan.state.state
    case 'gone':
      return 'taken out of Jenkins before it ended'
    case 'not_over':
      return 'not over after six hours; please look'
  }
}

function consoleLink(scan: Followed<Build>) {
  return scan.kind === 'over' && scan.state.url !== undefined ? link(`${scan.state.url}console`) : undefined
}

function lastLines(log: Outcome<string>) {
  return log.kind === 'found' && log.value !== '' ? [code(log.value)] : []
}
