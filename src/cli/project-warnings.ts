import { isRequest } from '../automations/request.ts'
import { isSchedule } from '../automations/schedule.ts'
import type { Project } from '../config/project.ts'
import type { ProjectDescription } from './describe-project.ts'

/** Whose sources bring the events of a kind that begins so. */
const senders: Partial<Record<string, readonly string[]>> = {
  alertmanager: ['alertmanager'],
  github: ['github'],
  hec: ['splunk-hec'],
  rabbitmq: ['rabbitmq'],
  splunk: ['splunk'],
  ticket: ['github', 'jira', 'request-tracker'],
  webhook: ['webhook'],
}

interface WarningsOptions {
  description: ProjectDescription
  /** Those that the endpoints ask for, Adder's own among them. */
  scopes: readonly string[]
}

/** What is no fault of a project and hardly meant, each with how to mend it. */
export function projectWarnings(project: Project, { description, scopes }: WarningsOptions): string[] {
  const expired = description.suppressions.filter(({ state }) => state === 'expired')
  return [
    ...(project.warnings ?? []),
    ...neverStarted(project),
    ...unknownScopes(project, scopes),
    ...expired.map(({ name }) => `the suppression "${name}" has expired and does nothing. Take it away.`),
  ]
}

function neverStarted({ automations, config: { sources = [] } }: Project): string[] {
  return automations.flatMap(({ name, on }) => {
    if (isSchedule(on) || isRequest(on)) return []
    const from = senders[on.kind.split('.')[0] ?? '']
    // The events of somebody's own source have kinds of their own.
    const isSent =
      from === undefined ? sources.length > 0 : sources.some(({ integration }) => from.includes(integration))
    if (isSent) return []
    const remedy = from === undefined ? '' : ` Add one of ${from.join(' or ')}.`
    return [`nothing starts the automation "${name}": the configuration has no source that brings ${on.kind}.${remedy}`]
  })
}

function unknownScopes({ config: { tokens = [] } }: Project, known: readonly string[]): string[] {
  return tokens.flatMap((token) =>
    token.scopes
      .filter((scope) => !known.includes(scope))
      .map(
        (scope) =>
          `no endpoint asks for the scope ${scope} of the token "${token.name}"; there are ${known.join(', ')}.`,
      ),
  )
}
