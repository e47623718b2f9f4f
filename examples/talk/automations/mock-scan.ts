import { automation, facts, heading, jsonBlock, link, ticketCreated } from 'adderjs'
import * as splunk from 'adderjs/splunk'
import { directoryUser, virusTotalFile } from './enrichments.ts'

export const openTicket = automation({
  name: 'mock-scan',
  on: splunk.alert({ searchName: 'MockScan Alert' }),
  run: ({ event, tickets }) =>
    tickets.open({
      summary: `MockScan: ${event.result.user}`,
      labels: ['mock-scan'],
      fields: { 'Alert type': 'Malware', 'Alert source': 'MockScan' },
      description: [
        facts({
          User: event.result.user,
          File: event.result.md5,
          Host: event.result.host,
          Results: link(event.resultsLink, 'in Splunk'),
        }),
        heading('The alert'),
        jsonBlock(event),
      ],
      alert: event,
    }),
})

export const enrichTicket = automation({
  name: 'enrich-mock-scan',
  on: ticketCreated({ label: 'mock-scan' }),
  enrich: [directoryUser, virusTotalFile],
})
