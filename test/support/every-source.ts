import * as z from 'zod'
import type { SourceDefinition } from '../../src/intake/source.ts'
import * as alertmanager from '../../src/integrations/alertmanager/index.ts'
import * as github from '../../src/integrations/github/index.ts'
import * as jira from '../../src/integrations/jira/index.ts'
import * as rabbitMq from '../../src/integrations/rabbitmq/index.ts'
import * as requestTracker from '../../src/integrations/request-tracker/index.ts'
import * as splunk from '../../src/integrations/splunk/index.ts'
import * as splunkHec from '../../src/integrations/splunk-hec/index.ts'
import * as webhook from '../../src/integrations/webhook/index.ts'
import { type Secrets, secret } from '../../src/secrets/secret.ts'

/** A source, what people call its sender, and what its contract is tested with. */
export interface EverySource {
  title: string
  definition: SourceDefinition
  /** A delivery with an event, as its sender sends it, of 29 November 2026. */
  delivery: { body: object; headers?: Record<string, string> }
}

const at = '2026-11-29T08:00:00Z'
const epoch = Date.parse(at)

/**
 * Every source that Adder comes with, with its sweep where it has one.
 *
 * @param secrets of its webhooks.
 */
export function everySource(secrets: Secrets = secret('HOOK_SECRET')): EverySource[] {
  const token = secret('SWEEP_TOKEN')
  return [
    {
      title: 'Alertmanager',
      definition: alertmanager.source({ token: secrets }),
      delivery: {
        body: {
          version: '4',
          groupKey: '{}:{alertname="DiskFull"}',
          receiver: 'adder',
          status: 'firing',
          alerts: [
            {
              status: 'firing',
              labels: { alertname: 'DiskFull', instance: 'db1' },
              annotations: {},
              startsAt: at,
              endsAt: '0001-01-01T00:00:00Z',
              generatorURL: '',
              fingerprint: 'e94c744ae3d44df8',
            },
          ],
          groupLabels: {},
          commonLabels: {},
          commonAnnotations: {},
          externalURL: 'http://alertmanager.acme.example',
        },
      },
    },
    {
      title: 'GitHub',
      definition: github.source({
        secret: secrets,
        sweep: { of: 'acme/shop', hook: 109948940, token },
      }),
      delivery: {
        headers: { 'x-github-event': 'issues', 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' },
        body: {
          action: 'opened',
          issue: {
            id: 444500041,
            number: 1,
            html_url: 'https://github.com/acme/shop/issues/1',
            title: 'Odd login',
            body: 'user: mlisa',
            state: 'open',
            user: { id: 21031067, login: 'mona' },
            labels: [],
            assignees: [],
            milestone: null,
            created_at: at,
            updated_at: at,
          },
          repository: { id: 186853002, full_name: 'acme/shop', html_url: 'https://github.com/acme/shop' },
          sender: { id: 21031067, login: 'mona' },
        },
      },
    },
    {
      title: 'Jira',
      definition: jira.source({
        secret: secrets,
        sweep: { url: 'https://acme.atlassian.net', email: 'adder@acme.example', token, jql: 'project = SEC' },
      }),
      delivery: {
        headers: { 'x-atlassian-webhook-identifier': '8e3d1f0a' },
        body: {
          webhookEvent: 'jira:issue_created',
          timestamp: epoch,
          issue: {
            id: '10001',
            key: 'SEC-1',
            self: 'https://acme.atlassian.net/rest/api/2/issue/10001',
            fields: {
              summary: 'Odd login',
              description: 'user: mlisa',
              labels: [],
              project: { key: 'SEC' },
              issuetype: { name: 'Incident' },
              status: { name: 'To Do' },
              created: at,
            },
          },
        },
      },
    },
    {
      title: 'Jira Data Center',
      definition: jira.dataCenterSource({
        secret: secrets,
        sweep: { url: 'https://jira.acme.example', token, jql: 'project = SEC' },
      }),
      delivery: {
        body: {
          webhookEvent: 'jira:issue_created',
          timestamp: epoch,
          user: { key: 'JIRAUSER10100', name: 'robin' },
          issue: {
            id: '10001',
            key: 'SEC-1',
            self: 'https://jira.acme.example/rest/api/2/issue/10001',
            fields: {
              summary: 'Odd login',
              description: 'user: mlisa',
              labels: [],
              project: { key: 'SEC' },
              issuetype: { name: 'Incident' },
              status: { name: 'To Do' },
              created: at,
            },
          },
        },
      },
    },
    {
      title: 'RabbitMQ',
      definition: rabbitMq.source({
        name: 'alerts',
        url: 'amqps://mq.acme.example',
        user: 'adder',
        password: token,
        queue: 'alerts',
        schema: z.object({ id: z.string() }),
        event: (data) => ({ identity: [data.id], at: new Date(at), data }),
      }),
      delivery: { body: { id: '7' } },
    },
    {
      title: 'Request Tracker',
      definition: requestTracker.source({
        url: 'https://rt.acme.example',
        secret: secrets,
        sweep: { token, query: "Queue = 'Security'" },
      }),
      delivery: {
        body: {
          ticket: {
            id: 7,
            subject: 'Odd login',
            description: { type: 'text/plain', content: 'user: mlisa' },
            queue: 'Security',
            status: 'open',
            creator: { name: 'robin', realName: 'Robin Vega', email: '' },
            created: at,
            labels: [],
            effect: null,
          },
          transaction: {
            id: '45',
            type: 'Create',
            field: '',
            old: null,
            new: null,
            closes: false,
            text: null,
            created: at,
            creator: { name: 'robin', realName: 'Robin Vega', email: '' },
          },
        },
      },
    },
    {
      title: 'Splunk',
      definition: splunk.source({ token: secrets, sweep: { url: 'https://splunk.acme.example:8089', token } }),
      delivery: {
        body: {
          sid: `scheduler__admin__search__RMD5e1f2a3b4c5d6e7f80_at_${epoch / 1000}_178`,
          search_name: 'MockScan Alert',
          app: 'search',
          owner: 'admin',
          results_link: 'http://splunk.acme.example:8000/app/search/@go?sid=x',
          result: { user: 'mlisa', _time: String(epoch / 1000) },
        },
      },
    },
    {
      title: 'Splunk HEC',
      definition: splunkHec.source({ token: secrets }),
      delivery: { body: { time: epoch / 1000, sourcetype: 'adder', event: { user: 'mlisa' } } },
    },
    {
      title: 'Any other sender',
      definition: webhook.source({
        name: 'acme',
        schema: z.object({ id: z.string() }),
        authentication: webhook.signature({ secret: secrets, header: 'x-acme-signature', prefix: 'sha256=' }),
        event: (data) => ({ identity: [data.id], at: new Date(at), data }),
      }),
      delivery: { body: { id: '7' } },
    },
  ]
}
