import type { SourceDefinition } from '../../src/intake/source.ts'
import * as alertmanager from '../../src/integrations/alertmanager/index.ts'
import * as github from '../../src/integrations/github/index.ts'
import * as jira from '../../src/integrations/jira/index.ts'
import * as requestTracker from '../../src/integrations/request-tracker/index.ts'
import * as splunk from '../../src/integrations/splunk/index.ts'
import { secret } from '../../src/secrets/secret.ts'

/** A source, and what people call its sender. */
export interface EverySource {
  title: string
  definition: SourceDefinition
}

/** Every source that Adder comes with, with its sweep where it has one. */
export function everySource(): EverySource[] {
  const token = secret('SWEEP_TOKEN')
  return [
    { title: 'Alertmanager', definition: alertmanager.source({ token: secret('ALERTMANAGER_TOKEN') }) },
    {
      title: 'GitHub',
      definition: github.source({
        secret: secret('GITHUB_HOOK_SECRET'),
        sweep: { of: 'acme/shop', hook: 109948940, token },
      }),
    },
    {
      title: 'Jira',
      definition: jira.source({
        secret: secret('JIRA_HOOK_SECRET'),
        sweep: { url: 'https://acme.atlassian.net', email: 'adder@acme.example', token, jql: 'project = SEC' },
      }),
    },
    {
      title: 'Jira Data Center',
      definition: jira.dataCenterSource({
        secret: secret('JIRA_HOOK_SECRET'),
        sweep: { url: 'https://jira.acme.example', token, jql: 'project = SEC' },
      }),
    },
    {
      title: 'Request Tracker',
      definition: requestTracker.source({
        url: 'https://rt.acme.example',
        secret: secret('RT_HOOK_SECRET'),
        sweep: { token, query: "Queue = 'Security'" },
      }),
    },
    {
      title: 'Splunk',
      definition: splunk.source({
        token: secret('SPLUNK_HOOK_TOKEN'),
        sweep: { url: 'https://splunk.acme.example:8089', token },
      }),
    },
  ]
}
