import { automation, ticketClosed } from 'adderjs'

/** What metrics are made of is there on opening by the create call; who closes a ticket may have emptied it since. */
export const keepSource = automation({
  name: 'keep-alert-source',
  on: ticketClosed({ label: 'mock-scan' }),
  run: ({ event, tickets }) => tickets.setFields(event.ticket, { 'Alert source': 'MockScan' }),
})
