import { automation, request, ticketCreated } from 'adderjs'
import * as z from 'zod'
import { directoryUser, virusTotalFile } from './enrichments.ts'

/** A ticket that a person wrote is answered from what its text holds: hashes, and lines such as `user: mlisa`. */
export const enrichHandWritten = automation({
  name: 'enrich-hand-written',
  on: ticketCreated({ type: 'Incident', writtenBy: 'a person' }),
  enrich: [directoryUser, virusTotalFile],
})

/** The way in without an alert: `POST /automations/report-file/runs`. */
export const reportFile = automation({
  name: 'report-file',
  on: request(z.object({ md5: z.string().regex(/^[0-9a-f]{32}$/), user: z.string().min(1).max(64) })),
  run: ({ event, tickets }) =>
    tickets.open({ summary: `Reported by ${event.user}`, labels: ['mock-scan'], alert: event }),
})
