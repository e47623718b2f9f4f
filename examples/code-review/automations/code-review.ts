import { automation, facts, link, paragraph } from 'adderjs'
import { type PullRequestEvent, pullRequest } from 'adderjs/github'

/** A pull request into `main` has a ticket while it is open, and each says where the other is. */
export const codeReview = automation({
  name: 'code-review',
  on: pullRequest({ action: ['opened', 'reopened', 'synchronize', 'closed'], base: 'main' }),
  run: async ({ event, tickets, github }) => {
    const { repository } = event
    const { number } = event.pullRequest
    const name = `${repository}#${number}`

    // Webhooks come in any order, so that one has opened or closed says less than how the pull request is now.
    const asked = await github.pullRequest({ repository, number })
    const now = asked.kind === 'found' ? asked.value : event.pullRequest

    if (now.state === 'closed') {
      const ticket = await tickets.find({ group: name })
      if (ticket === undefined) return
      await tickets.comment(
        ticket,
        now.isMerged ? 'The pull request is merged.' : 'The pull request is closed, unmerged.',
      )
      await tickets.transition(ticket, 'Done')
      return
    }

    // The first opens the ticket; new commits are comments on it, or open another where its review is done.
    const ticket = await tickets.open({
      summary: `Review ${name}: ${now.title}`,
      labels: ['code-review'],
      description: facts({ ...aboutChange(event), 'Pull request': link(now.url, name) }),
      alert: event,
      group: name,
    })
    if (ticket.alertNumber > 1) return
    await Promise.all([
      tickets.link(ticket, { url: now.url, title: name }),
      github.comment({ repository, number, body: [paragraph('To be reviewed in ', link(ticket.url, ticket.key))] }),
    ])
  },
})

function aboutChange({
  action,
  actor,
  pullRequest: { author, head, additions, deletions, changedFiles },
}: PullRequestEvent) {
  return {
    What: action === 'synchronize' ? `new commits by ${actor}` : `${action} by ${actor}`,
    Author: author,
    Branch: head.branch,
    Commit: head.commit,
    Size: additions === undefined ? undefined : `+${additions} −${deletions} in ${changedFiles} files`,
  }
}
