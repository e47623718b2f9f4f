import { automation, code, type Followed, facts, follow, ticketCommented } from 'adderjs'
import { isOver, type Play } from 'adderjs/ansible'

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
    await tickets.comment(ticket, said(playbook, play))
  },
})

function said(playbook: string, play: Followed<Play>) {
  switch (play.kind) {
    case 'over':
      return told(playbook, play.state)
    case 'gone':
      return `What ${playbook} wrote down of itself was removed before it ended; please look at the host.`
    case 'not_over':
      return `${playbook} has not come to its end within an hour; please look.`
  }
}

function told(playbook: string, { state, hosts, output }: Play) {
  const counts = hosts.map(
    ({ name, changed, failed }) => `${name}: ${failed > 0 ? `${failed} failed` : `${changed} changed`}`,
  )
  return [
    facts({ Playbook: playbook, State: state, Hosts: counts.length > 0 ? counts : undefined }),
    code(output.trim()),
  ]
}
