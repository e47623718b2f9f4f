import { automation, facts, ticketCreated } from 'adderjs'
import * as splunk from 'adderjs/splunk'
import { directoryUser, virusTotalFile } from '../../talk/automations/enrichments.ts'

export const openTicket = automation({
  name: 'noisy-scan',
  on: splunk.alert({ searchName: 'MockScan Alert' }),
  run: ({ event, tickets }) =>
    tickets.open({
      summary: `MockScan: ${event.result.user}`,
      labels: ['mock-scan'],
      description: facts({ User: event.result.user, File: event.result.md5, Host: event.result.host }),
      alert: event,
      group: event.result.user,
    }),
})

export const answerInOneComment = automation({
  name: 'answer-in-one-comment',
  on: ticketCreated({ label: 'mock-scan' }),
  enrich: [directoryUser, virusTotalFile],
  tell: 'one comment',
})
