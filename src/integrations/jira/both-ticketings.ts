import type { Effect } from '../../connectors/effect.ts'
import type { HttpAuth } from '../../connectors/http-auth.ts'
import { parseAnswer, path } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import { ConnectorInputInvalid } from '../../errors/connector-errors.ts'
import { oneLine } from '../../tickets/cut-text.ts'
import type { Ticketing, TicketRef } from '../../tickets/ticketing.ts'
import { webAddress } from '../../tickets/web-address.ts'
import { addComment, editComment } from './comment-effects.ts'
import { cloud, type Edition } from './edition.ts'
import { setFields, transition } from './field-effects.ts'
import { fieldResolver } from './field-resolver.ts'
import { commentId, effectProperty, issueId, type JiraClient, jiraClient, readSite, ticketRef } from './jira-client.ts'
import { isMadeBy, openTicket } from './open-ticket.ts'
import { askMyself, ownAccount } from './own-account.ts'
import { EffectProperty, Issue, TicketFields } from './schema.ts'

/** What both editions are asked for. */
interface TicketsPlace {
  /** The site's address. */
  url: string
  /** The key of the project that tickets are opened in. */
  project: string
  /** The type of the tickets by name. */
  type: string
}

/**
 * The ticketing of either edition.
 *
 * @throws ConfigError where an option can't be right; the one that is returned connects.
 */
export function jiraTicketing(
  { url, project, type }: TicketsPlace,
  { auth, edition }: { auth: HttpAuth; edition: Edition },
): () => Ticketing {
  const site = checkOptions({ url, project, type }, edition)
  return () => connect({ client: jiraClient({ site, auth, edition }), project, type })
}

function connect({ client, project, type }: { client: JiraClient; project: string; type: string }): Ticketing {
  const { api } = client.edition
  const resolveFields = fieldResolver(client)
  const askOwnAccount = ownAccount(client)
  const tools = { client, resolveFields, ownAccount: askOwnAccount }

  return {
    site: client.site.host,
    project,
    type,

    lookups: {
      async read(ticket, { signal }) {
        const { json, status } = await client.send({
          path: api + path`/issue/${issueId(ticket)}`,
          accept: [404],
          signal,
        })
        if (status === 404) return notFound()
        const { fields, ...issue } = parseAnswer(Issue, json, 'Jira: issue')
        const known = parseAnswer(TicketFields, fields, 'Jira: issue')
        const { summary, description, labels, status: now, resolution = null } = known
        const isClosed = now.statusCategory?.key === 'done' || resolution !== null
        const text = { summary, description: client.edition.text(description), labels, status: now.name, isClosed }
        return found({ ...ticketRef(client.site, issue), ...text, fields })
      },

      async isOwnComment({ commentId: id }, { signal }) {
        const asked = api + path`/comment/${commentId(id)}/properties/${effectProperty}`
        const { status, json } = await client.send({ path: asked, accept: [404], signal })
        if (status !== 404) parseAnswer(EffectProperty, json, 'Jira: comment property')
        return found(status !== 404)
      },

      async isMadeBy({ ticket, marker }, { signal }) {
        return found(await isMadeBy(client, issueId(ticket), { marker, signal }))
      },

      async ownAccount(_, { signal }) {
        return found(await askOwnAccount(signal))
      },
    },

    effects: {
      open: openTicket({ client, resolveFields, project, type }),
      comment: addComment(client),
      editComment: editComment(client),
      setFields: setFields(tools),
      transition: transition(tools),
      link: addLink(client),
    },

    async probe({ signal }) {
      await askMyself(client, signal)
    },

    async close() {
      // Connections are the process's own and end when they are idle.
    },
  }
}

/**
 * Adds a link to a web page. The marker is the link's global id, under which Jira keeps one link for an issue.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/
 */
function addLink(client: JiraClient): Effect<{ ticket: TicketRef; url: string; title: string }, void> {
  return {
    once: 'by key',
    about: ({ ticket }) => ticket,

    make({ ticket, url, title }, { marker, signal }) {
      const href = webAddress(url)
      if (href === undefined) throw new ConnectorInputInvalid('Jira: a link needs an http or https address')
      const object = { url: href, title: oneLine(title, 255) || href }
      return client.inTurn(ticket.id, signal, async () => {
        const body = { globalId: marker, object }
        await client.sendToIssue(ticket, { method: 'POST', below: '/remotelink', body, signal })
      })
    },
  }
}

function checkOptions({ url, project, type }: TicketsPlace, edition: Edition): URL {
  const faults: ConfigFault[] = []
  const site = readSite(url)
  const isElsewhere = edition === cloud && !/\.atlassian\.net\b/.test(url)
  const other = isElsewhere ? ', or use jira.dataCenterTicketing where it is Jira Data Center' : ''
  if (site === undefined) faults.push({ at: 'ticketing.url', problem: `write the site as ${edition.siteHint}${other}` })
  if (!/^[A-Z][A-Z0-9_]+$/.test(project))
    faults.push({ at: 'ticketing.project', problem: 'write the project key as Jira shows it, such as SEC' })
  if (type.trim() === '')
    faults.push({ at: 'ticketing.type', problem: 'name the type of the tickets, such as Incident' })
  if (site === undefined || faults.length > 0) throw new ConfigError(faults)
  return site
}
