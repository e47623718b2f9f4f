import { automation, ticketClosed } from 'adderjs'

/** What metrics are made of is set by the same rule every time. On opening, the create call does it. */
export const resolve = automation({
  name: 'resolve-mock-scan',
  on: ticketClosed({ label: 'mock-scan' }),
  run: async ({ event, tickets }) => {
    if (event.resolution === undefined) await tickets.setFields(event.ticket, { resolution: 'Done' })
  },
})
