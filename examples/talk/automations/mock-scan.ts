import { automation, facts, heading, jsonBlock, ticketCreated } from 'adderjs'
import * as splunk from 'adderjs/splunk'
import { directoryUser, virusTotalFile } from './enrichments.ts'

export const openTicket = automation({
  name: 'mock-scan',
  on: splunk.alert({ searchName: 'MockScan Alert' }),
  run: ({ event, tickets }) =>
    tickets.open({
      summary: `MockScan: ${event.result.user}`,
      labels: ['mock-scan'],
      fields: { 'Alert type': { value: 'Malware' }, 'Alert source': 'MockScan' },
      description: [facts(event.result), heading('The alert'), jsonBlock(event)],
      alert: event,
    }),
})

export const enrichTicket = automation({
  name: 'enrich-mock-scan',
  on: ticketCreated({ label: 'mock-scan' }),
  enrich: [directoryUser, virusTotalFile],
})
