import type { StandInAnswer, StandInHandler, StandInRequest } from '../../../stand-ins/http-stand-in.ts'
import { checkBody, failure, Refusal } from './answers.ts'
import { checkFields, checkPlace, checkRichText } from './check-fields.ts'
import { cloud, type StandInEdition } from './edition.ts'
import { fieldDefinitions } from './field-definitions.ts'
import { guard } from './guard.ts'
import { JqlError, parseJql } from './jql.ts'
import {
  changelogJson,
  commentJson,
  issueJson,
  issueJsonOfVersion2,
  propertiesJson,
  transitionJson,
  userJson,
  type View,
} from './representations.ts'
import {
  CommentListBody,
  CreateCommentBody,
  CreateIssueBody,
  EditCommentBody,
  EditIssueBody,
  PagedSearchBody,
  RemoteLinkBody,
  SearchBody,
  TransitionBody,
} from './request-schemas.ts'
import type { Account, JiraSite, StandInIssue } from './site.ts'
import { searchable } from './webhooks.ts'

export interface RoutesOptions {
  site: JiraSite
  account: Account
  token: string
  edition: StandInEdition
  /** With the stand-in's own address, which the system picks when it listens. */
  view(): View
  now(): number
  searchLagMs(): number
  /** Milliseconds until the issue may be written to again; undefined where it may be now. */
  limitWrite(issueId: string): number | undefined
}

/** The part of the edition's REST API that Adder uses. */
export function routes({
  site,
  account,
  token,
  edition,
  view,
  now,
  searchLagMs,
  limitWrite,
}: RoutesOptions): Record<string, StandInHandler> {
  const { api } = edition

  const issueOf = ({ params }: StandInRequest): StandInIssue => {
    const issue = site.findIssue(params.issue ?? '')
    if (issue) return issue
    throw new Refusal(failure(404, 'Issue does not exist or you do not have permission to see it.'))
  }

  const issueToWrite = (request: StandInRequest): StandInIssue => {
    const issue = issueOf(request)
    const waitMs = limitWrite(issue.id)
    if (waitMs !== undefined) throw tooManyWrites(waitMs)
    return issue
  }

  const commentOf = (issue: StandInIssue, id: string | undefined) => {
    const comment = issue.comments.find((each) => each.id === id)
    if (comment) return comment
    throw new Refusal(failure(404, `Can not find a comment for the id: ${id}.`))
  }

  const hitsOf = (jql: string, isIndexed: (issue: StandInIssue) => boolean): StandInIssue[] => {
    const { test, isDescending } = parse(jql, now())
    const hits = site.issues.filter((issue) => isIndexed(issue) && test(searchable(issue)))
    return isDescending ? hits.reverse() : hits
  }

  const isOldEnough = ({ created }: StandInIssue) => created + searchLagMs() <= now()

  const search = (request: StandInRequest, shown: typeof issueJson): StandInAnswer => {
    const body = checkBody(SearchBody, request.json)
    if (body.jql.trim() === '' || /^\s*order\s/i.test(body.jql))
      throw new Refusal(
        failure(400, 'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.'),
      )
    const hits = hitsOf(body.jql, (issue) => isOldEnough(issue) || body.reconcileIssues.includes(Number(issue.id)))
    const start = Number(body.nextPageToken ?? 0)
    const end = start + body.maxResults
    const page = hits.slice(start, end).map((issue) => ({
      ...(body.fields === undefined ? { id: issue.id } : shown(issue, view(), body.fields)),
      ...(body.properties === undefined ? {} : { properties: pick(issue.properties, body.properties) }),
    }))
    const isLast = end >= hits.length
    return { json: { issues: page, isLast, ...(isLast ? {} : { nextPageToken: String(end) }) } }
  }

  const ofCloud: Record<string, StandInHandler> = {
    'POST /rest/api/3/search/jql': (request) => search(request, issueJson),

    'POST /rest/api/2/search/jql': (request) => search(request, issueJsonOfVersion2),

    'POST /rest/api/3/comment/list': (request) => {
      const { ids } = checkBody(CommentListBody, request.json)
      const withProperties = request.query.get('expand')?.split(',').includes('properties')
      const values = site.issues.flatMap((issue) =>
        issue.comments
          .filter(({ id }) => ids.includes(Number(id)))
          .map((comment) => ({
            ...commentJson(comment, issue.id, view()),
            ...(withProperties ? { properties: propertiesJson(comment.properties) } : {}),
          })),
      )
      return { json: { startAt: 0, maxResults: 1_048_576, total: values.length, isLast: true, values } }
    },
  }

  const ofDataCenter: Record<string, StandInHandler> = {
    'POST /rest/api/2/search': (request) => {
      const { jql, fields, startAt, maxResults } = checkBody(PagedSearchBody, request.json)
      const hits = hitsOf(jql, isOldEnough)
      const issues = hits.slice(startAt, startAt + maxResults).map((issue) => issueJson(issue, view(), fields))
      return { json: { startAt, maxResults, total: hits.length, issues } }
    },
  }

  const handlers: Record<string, StandInHandler> = {
    ...(edition === cloud ? ofCloud : ofDataCenter),

    [`GET ${api}/myself`]: () => ({ json: userJson(account, view()) }),

    [`GET ${api}/field`]: () => ({
      json: fieldDefinitions.map(({ id, name, custom, schema }) => ({ id, key: id, name, custom, schema })),
    }),

    [`POST ${api}/issue`]: ({ json }) => {
      const body = checkBody(CreateIssueBody, json)
      const { project, issuetype, ...fields } = body.fields
      const place = checkPlace(site, project, issuetype)
      checkFields({ summary: undefined, ...fields }, edition)
      const properties = Object.fromEntries((body.properties ?? []).map(({ key, value }) => [key, value]))
      const issue = site.createIssue({ ...place, fields, properties, reporter: account })
      const { id, key, self } = issueJson(issue, view(), [])
      return { status: 201, json: { id, key, self } }
    },

    [`GET ${api}/issue/:issue`]: (request) => {
      const issue = issueOf(request)
      const fields = request.query.get('fields')?.split(',')
      const expand = request.query.get('expand')?.split(',') ?? []
      return {
        json: {
          ...issueJson(issue, view(), fields),
          ...(expand.includes('changelog') ? { changelog: changelogJson(issue, view()) } : {}),
          ...(expand.includes('transitions')
            ? { transitions: site.transitionsFrom(issue).map((each) => transitionJson(each, view())) }
            : {}),
        },
      }
    },

    [`PUT ${api}/issue/:issue`]: (request) => {
      const issue = issueToWrite(request)
      const { fields } = checkBody(EditIssueBody, request.json)
      checkFields(fields, edition)
      site.editIssue(issue, fields, account)
      return { status: 204 }
    },

    [`GET ${api}/issue/:issue/properties/:key`]: (request) =>
      propertyAnswer(issueOf(request).properties, request.params.key ?? ''),

    [`POST ${api}/issue/:issue/transitions`]: (request) => {
      const issue = issueToWrite(request)
      const { transition, fields = {} } = checkBody(TransitionBody, request.json)
      const found = site.transitionsFrom(issue).find(({ id }) => id === transition.id)
      if (found === undefined)
        throw new Refusal(failure(400, 'It seems that you have tried to perform an illegal workflow operation.'))
      checkFields(fields, edition)
      site.transitionIssue(issue, found, fields, account)
      return { status: 204 }
    },

    [`GET ${api}/issue/:issue/comment`]: (request) => {
      const issue = issueOf(request)
      const order = request.query.get('orderBy') ?? 'created'
      if (!/^[-+]?created$/.test(order)) throw new Refusal(failure(400, `Cannot order by ${order}.`))
      const sorted = order.startsWith('-') ? [...issue.comments].reverse() : issue.comments
      const startAt = Number(request.query.get('startAt') ?? 0)
      const maxResults = Math.min(Number(request.query.get('maxResults') ?? 100), 100)
      const isExpanded = edition !== cloud && request.query.get('expand')?.split(',').includes('properties')
      const comments = sorted.slice(startAt, startAt + maxResults).map((each) => ({
        ...commentJson(each, issue.id, view()),
        ...(isExpanded ? { properties: propertiesJson(each.properties) } : {}),
      }))
      return { json: { startAt, maxResults, total: sorted.length, comments } }
    },

    [`POST ${api}/issue/:issue/comment`]: (request) => {
      const issue = issueToWrite(request)
      const { body, properties = [] } = checkBody(CreateCommentBody, request.json)
      const comment = site.addComment(issue, {
        body: checkRichText(body, edition),
        properties: Object.fromEntries(properties.map(({ key, value }) => [key, value])),
        author: account,
      })
      return { status: 201, json: commentJson(comment, issue.id, view()) }
    },

    [`GET ${api}/issue/:issue/comment/:comment`]: (request) => {
      const issue = issueOf(request)
      return { json: commentJson(commentOf(issue, request.params.comment), issue.id, view()) }
    },

    [`PUT ${api}/issue/:issue/comment/:comment`]: (request) => {
      const issue = issueToWrite(request)
      const comment = commentOf(issue, request.params.comment)
      comment.body = checkRichText(checkBody(EditCommentBody, request.json).body, edition)
      comment.updated = now()
      return { json: commentJson(comment, issue.id, view()) }
    },

    [`GET ${api}/comment/:comment/properties/:key`]: ({ params }) =>
      propertyAnswer(site.findComment(params.comment ?? '')?.properties ?? {}, params.key ?? ''),

    [`POST ${api}/issue/:issue/remotelink`]: (request) => {
      const issue = issueToWrite(request)
      const { globalId, object } = checkBody(RemoteLinkBody, request.json)
      const { link, isNew } = site.putLink(issue, { globalId, url: object.url, title: object.title })
      const self = `${view()}/rest/api/issue/${issue.key}/remotelink/${link.id}`
      return { status: isNew ? 201 : 200, json: { id: link.id, self } }
    },
  }

  const guarded = Object.entries(handlers).map(([route, handler]) => [
    route,
    guard(handler, edition.authorization(account, token)),
  ])
  return Object.fromEntries(guarded)
}

function tooManyWrites(waitMs: number): Refusal {
  const answer = failure(429, 'Rate limit exceeded.')
  const headers = { 'retry-after': String(Math.ceil(waitMs / 1000)), 'ratelimit-reason': 'jira-per-issue-on-write' }
  return new Refusal({ ...answer, headers })
}

function parse(jql: string, now: number) {
  try {
    return parseJql(jql, now)
  } catch (error) {
    throw error instanceof JqlError ? new Refusal(failure(400, error.message)) : error
  }
}

function propertyAnswer(properties: Record<string, unknown>, key: string): StandInAnswer {
  if (!Object.hasOwn(properties, key)) return failure(404, `The property with key '${key}' does not exist.`)
  return { json: { key, value: properties[key] } }
}

function pick(values: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(values, key)).map((key) => [key, values[key]]))
}
