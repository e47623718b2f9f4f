import { automation, type Client, follow, request } from 'adderjs'
import { type Ansible, isOver } from 'adderjs/ansible'
import * as z from 'zod'

/** Plays isolate.yml on a host, and tells the ticket what came of it, or cancels the play where it lasts. */
export const isolate = automation({
  name: 'isolate',
  on: request(z.object({ host: z.string(), within: z.enum(['1h', '1s']) })),
  run: async ({ event: { host, within }, tickets, sleep, ...connectors }) => {
    const { ansible } = connectors as unknown as { ansible: Client<Ansible> } // another configuration is registered here
    const ticket = await tickets.open({ summary: `Isolate ${host}` })
    const started = await ansible.start({ playbook: 'isolate.yml', limit: [host], variables: { ticket: ticket.key } })
    const ask = () => ansible.play(started)
    const followed = await follow({ sleep, ask, isOver, within })
    if (followed.kind !== 'over') await ansible.cancel(started)

    const play = await ask()
    if (play.kind !== 'found') throw new Error(`The play is ${play.kind}`)
    const { state, hosts } = play.value
    const told = hosts.map(({ name, changed }) => `${name}: ${changed} changed`)
    await tickets.comment(ticket, [state, ...told].join('\n'))
  },
})
