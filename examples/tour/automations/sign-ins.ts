import { automation, heading, observablesIn, ticketUpdated } from 'adderjs'
import { searchTable, spl } from 'adderjs/splunk'

/** Whoever takes a ticket on finds the sign-ins of its user on it. */
export const signIns = automation({
  name: 'sign-ins',
  on: ticketUpdated({ label: 'mock-scan', field: 'status' }),
  run: async ({ event, tickets, splunk }) => {
    const user = observablesIn(event.description).find(({ kind }) => kind === 'user')?.value
    if (event.status !== 'In Progress' || user === undefined) return
    const asked = await splunk.search({
      query: spl`index=security sourcetype=vpn user=${user} | table _time action src`,
      earliest: '-7d',
    })
    const about = `sign-ins of ${user} in the last 7 days`
    await tickets.comment(
      event.ticket,
      asked.kind === 'found'
        ? [heading(`Splunk: ${about}`), ...searchTable(asked.value)]
        : `Splunk: ${about}: ${asked.kind === 'not_found' ? 'none' : 'it could not be asked'}`,
    )
  },
})
