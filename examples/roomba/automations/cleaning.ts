import { automation, facts, ticketClosed, ticketCreated } from 'adderjs'

/** Whoever opens a ticket of this type has the floor cleaned, and is told that it begins. */
export const cleanFloor = automation({
  name: 'clean-floor',
  on: ticketCreated({ type: 'Cleaning' }),
  run: async ({ event, tickets, roomba }) => {
    const ticket = await tickets.read(event.ticket)
    // Adder may have been away for so long that the ticket is closed again.
    if (ticket.kind === 'found' && ticket.value.isClosed) return
    const { doing, battery } = await roomba.clean()
    await tickets.comment(event.ticket, facts({ Roomba: doing, Battery: `${battery} %` }))
  },
})

/** Whoever closes it sends the robot home, wherever that is by then; one that is at home is left alone. */
export const sendHome = automation({
  name: 'send-home',
  on: ticketClosed({ type: 'Cleaning' }),
  run: async ({ event, tickets, roomba }) => {
    const { doing } = await roomba.dock()
    await tickets.comment(event.ticket, facts({ Roomba: doing }))
  },
})
