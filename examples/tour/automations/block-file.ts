import { automation, code, facts, follow, ticketCommented } from 'adderjs'
import { isOver } from 'adderjs/ansible'

/** `block <MD5> on <host>` as a comment on a ticket plays a playbook, and the ticket is told what came of it. */
export const blockFile = automation({
  name: 'block-file',
  on: ticketCommented({ type: 'Incident' }),
  run: async ({ event: { ticket, comment }, tickets, ansible, sleep }) => {
    const [, md5, host] = /^block ([0-9a-f]{32}) on (\w[\w.-]{0,252})$/.exec(comment.body.trim()) ?? []
    if (md5 === undefined || host === undefined) return
    const playbook = 'block-file.yml'
    const started = await ansible.start({ playbook, limit: [host], variables: { md5, ticket: ticket.key } })
    const play = await follow({ sleep, ask: () => ansible.play(started), isOver, within: '1h' })
    if (play.kind !== 'over') {
      await tickets.comment(ticket, `${playbook} has not come to its end within an hour; please look.`)
      return
    }
    const { state, hosts, output } = play.state
    const counts = hosts.map(
      ({ name, changed, failed }) => `${name}: ${failed > 0 ? `${failed} failed` : `${changed} changed`}`,
    )
    await tickets.comment(ticket, [
      facts({ Playbook: playbook, State: state, Hosts: counts.length > 0 ? counts : undefined }),
      code(output.trim()),
    ])
  },
})
