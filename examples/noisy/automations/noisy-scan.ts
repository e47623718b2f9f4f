import { automation, ticketCreated } from 'adderjs'
import * as splunk from 'adderjs/splunk'
import { directoryUser, virusTotalFile } from '../../talk/automations/enrichments.ts'

export const openTicket = automation({
  name: 'noisy-scan',
  on: splunk.alert({ searchName: 'MockScan Alert' }),
  run: ({ event, tickets }) =>
    tickets.open({ summary: `MockScan: ${event.result.user}`, labels: ['mock-scan'], alert: event }),
})

export const answerInOneComment = automation({
  name: 'answer-in-one-comment',
  on: ticketCreated({ label: 'mock-scan' }),
  enrich: [directoryUser, virusTotalFile],
  tell: 'one comment',
})
