import { found, notFound } from '../../src/connectors/outcome.ts'
import { plainText } from '../../src/tickets/document.ts'
import { TicketGone } from '../../src/tickets/ticket-gone.ts'
import type { NewTicket, Ticketing, TicketRef } from '../../src/tickets/ticketing.ts'

export interface NotebookPage extends TicketRef {
  input: NewTicket
  /** The comments' text; an edited comment stays at its place. */
  comments: string[]
  isClosed?: boolean
  /** As if a person had deleted it. */
  isGone?: boolean
}

/** A ticketing system that is a list in this process. */
export interface Notebook {
  pages: NotebookPage[]
  /** How often a comment was edited. */
  edits: number
  port: Ticketing
}

export function notebook(): Notebook {
  const pages: NotebookPage[] = []
  const markers = new Map<string, TicketRef>()

  function page({ id }: TicketRef): NotebookPage {
    const found = pages.find((each) => each.id === id)
    if (found === undefined) throw new TicketGone(`Notebook: there is no page ${id}`)
    return found
  }

  const book: Notebook = {
    pages,
    edits: 0,
    port: {
      site: 'notebook.example',
      project: 'NB',
      type: 'Note',
      lookups: {
        read: async (ticket) => {
          if (page(ticket).isGone === true) return notFound()
          const { input, id, key, url, isClosed = false } = page(ticket)
          const { summary, labels = [] } = input
          return found({ id, key, url, summary, labels, description: '', status: 'To Do', isClosed, fields: {} })
        },
        isOwnComment: async ({ commentId }) => found(commentId.startsWith('own')),
        isMadeBy: async ({ ticket, marker }) => found(markers.get(marker)?.id === ticket.id),
        ownAccount: async () => found({ id: 'adder' }),
      },
      effects: {
        open: {
          once: 'by marker',
          finding: 'cheap',
          make: async (input, { marker }) => {
            const id = String(pages.length + 1)
            const ticket = { id, key: `NB-${id}`, url: `https://notebook.example/NB-${id}` }
            pages.push({ ...ticket, input, comments: [] })
            markers.set(marker, ticket)
            return ticket
          },
          find: async (_, { marker }) => {
            const ticket = markers.get(marker)
            return ticket === undefined ? notFound() : found(ticket)
          },
        },
        comment: {
          once: 'at least once',
          make: async ({ ticket, body }) => {
            const { comments } = page(ticket)
            comments.push(plainText(body))
            return { id: `own-${comments.length - 1}` }
          },
        },
        editComment: {
          once: 'by state',
          make: async ({ ticket, comment, body }) => {
            book.edits += 1
            page(ticket).comments[Number(comment.id.slice('own-'.length))] = plainText(body)
          },
        },
        setFields: { once: 'by state', make: async () => undefined },
        transition: { once: 'by state', make: async () => undefined },
        link: { once: 'by key', make: async () => undefined },
      },
      probe: async () => undefined,
      close: async () => undefined,
    },
  }
  return book
}
