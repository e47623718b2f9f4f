import type { Connector, ConnectorDefinition } from '../../src/connectors/connector.ts'
import * as abuseIpDb from '../../src/integrations/abuseipdb/index.ts'
import * as activeDirectory from '../../src/integrations/active-directory/index.ts'
import * as ansible from '../../src/integrations/ansible/index.ts'
import * as awsLambda from '../../src/integrations/aws-lambda/index.ts'
import * as awx from '../../src/integrations/awx/index.ts'
import * as celery from '../../src/integrations/celery/index.ts'
import * as cortexXsoar from '../../src/integrations/cortex-xsoar/index.ts'
import * as github from '../../src/integrations/github/index.ts'
import * as jenkins from '../../src/integrations/jenkins/index.ts'
import * as jira from '../../src/integrations/jira/index.ts'
import * as rabbitMq from '../../src/integrations/rabbitmq/index.ts'
import * as requestTracker from '../../src/integrations/request-tracker/index.ts'
import * as roomba from '../../src/integrations/roomba/index.ts'
import * as rundeck from '../../src/integrations/rundeck/index.ts'
import * as splunk from '../../src/integrations/splunk/index.ts'
import * as splunkHec from '../../src/integrations/splunk-hec/index.ts'
import * as splunkSoar from '../../src/integrations/splunk-soar/index.ts'
import * as stackStorm from '../../src/integrations/stackstorm/index.ts'
import * as tines from '../../src/integrations/tines/index.ts'
import * as virusTotal from '../../src/integrations/virustotal/index.ts'
import { secret } from '../../src/secrets/secret.ts'
import { paragraph } from '../../src/tickets/document.ts'
import type { Ticketing } from '../../src/tickets/ticketing.ts'

/** A connector or ticketing, and what its contract is tested with. */
export interface EveryConnector {
  definition: ConnectorDefinition<Connector>
  /** What it speaks; `local` asks nobody. Only `http` can be answered by a server that knows nothing of it. */
  protocol: 'http' | 'ldap' | 'mqtt' | 'amqp' | 'local'
  /** An input that each look-up and each effect takes, by its name. */
  inputs: Readonly<Record<string, unknown>>
}

const ticket = { id: '10001', key: 'SEC-1', url: 'https://acme.atlassian.net/browse/SEC-1' }
const body = [paragraph('Seen on web-1')]

const durableExecution = {
  arn: 'arn:aws:lambda:eu-central-1:123456789012:function:scan-host:7/durable-execution/adder-1/4d5e6f',
}
const broker = { url: 'amqps://mq.acme.example', user: 'adder', password: secret('RABBITMQ_PASSWORD') }
const play = { play: 'adder-0123456789abcdef01234567', machine: 'soc-1' }

/** Every ticketing takes these. */
const ticketingInputs = {
  read: ticket,
  isOwnComment: { ticket, commentId: '10100' },
  isMadeBy: { ticket, marker: 'adder-0123456789abcdef01234567' },
  ownAccount: undefined,
  open: { summary: 'Malware on web-1', description: body, labels: ['malware'] },
  comment: { ticket, body },
  editComment: { ticket, comment: { id: '10100' }, body },
  setFields: { ticket, fields: { Severity: 'high' } },
  transition: { ticket, to: 'Done' },
  link: { ticket, url: 'https://acme.example/runbook', title: 'Runbook' },
} satisfies InputsOf<Ticketing>

type InputsOf<C extends Connector> = {
  [K in keyof C['lookups']]: Parameters<C['lookups'][K]>[0]
} & {
  [K in keyof C['effects']]: Parameters<C['effects'][K]['make']>[0]
}

/**
 * Every connector and ticketing that Adder comes with.
 *
 * @param url where those that speak HTTP ask. Default: nowhere.
 */
export function everyConnector(url = 'https://outside.example'): EveryConnector[] {
  return [
    {
      definition: abuseIpDb.connector({ apiKey: secret('ABUSEIPDB_KEY'), url }),
      protocol: 'http',
      inputs: { check: { ip: '118.25.6.39' } },
    },
    {
      definition: activeDirectory.connector({
        url: 'ldaps://dc1.acme.example',
        bindDn: 'CN=Adder,DC=acme,DC=example',
        password: secret('AD_PASSWORD'),
        baseDn: 'DC=acme,DC=example',
      }),
      protocol: 'ldap',
      inputs: { user: 'mlisa' },
    },
    {
      definition: celery.connector(broker),
      protocol: 'amqp',
      inputs: { result: { id: 'adder-0123456789abcdef01234567' }, start: { task: 'hosts.isolate', args: ['web-1'] } },
    },
    {
      definition: rabbitMq.connector(broker),
      protocol: 'amqp',
      inputs: { publish: { exchange: 'siem', routingKey: 'host.isolated', body: { host: 'web-1' } } },
    },
    {
      definition: cortexXsoar.connector({
        url,
        keyId: '12',
        apiKey: secret('XSOAR_API_KEY'),
        securityLevel: 'standard',
      }),
      protocol: 'http',
      inputs: { incident: { id: '1' }, createIncident: { name: 'Malware on web-1', labels: { Host: 'web-1' } } },
    },
    {
      definition: ansible.connector({
        playbooks: '/srv/playbooks',
        inventory: '/srv/inventory',
        folder: '/var/lib/adder-plays',
        secretVariables: { vault_token: secret('VAULT_TOKEN') },
      }),
      protocol: 'local',
      inputs: { play, start: { playbook: 'isolate.yml', limit: ['web-1'] }, cancel: play },
    },
    {
      definition: awsLambda.connector({
        url,
        region: 'eu-central-1',
        accessKeyId: secret('AWS_ACCESS_KEY_ID'),
        secretAccessKey: secret('AWS_SECRET_ACCESS_KEY'),
        sessionToken: secret('AWS_SESSION_TOKEN'),
      }),
      protocol: 'http',
      inputs: {
        execution: durableExecution,
        result: durableExecution,
        start: { function: 'scan-host', qualifier: 'live', payload: { host: 'web-1' } },
        invoke: { function: 'resolve-name', payload: { host: 'web-1' } },
        invokeAsync: { function: 'resolve-name', payload: { host: 'web-1' } },
        stop: durableExecution,
      },
    },
    {
      definition: awx.connector({ url, token: secret('AWX_TOKEN') }),
      protocol: 'http',
      inputs: { job: { id: 1 }, launch: { template: 7, limit: ['web-1'] }, cancel: { id: 1 } },
    },
    {
      definition: github.connector({ token: secret('GITHUB_TOKEN'), url }),
      protocol: 'http',
      inputs: {
        pullRequest: { repository: 'acme/shop', number: 7 },
        changedFiles: { repository: 'acme/shop', number: 7 },
        comment: { repository: 'acme/shop', number: 7, body },
      },
    },
    {
      definition: github.ticketing({ repository: 'acme/incidents', token: secret('GITHUB_TOKEN'), url }),
      protocol: 'http',
      inputs: {
        ...ticketingInputs,
        setFields: { ticket, fields: { title: 'Malware on web-2' } },
        transition: { ticket, to: 'closed' },
      },
    },
    {
      definition: jenkins.connector({ url, user: 'adder', token: secret('JENKINS_TOKEN') }),
      protocol: 'http',
      inputs: {
        build: { job: 'security/scan', queueItem: 1 },
        console: { job: 'security/scan', queueItem: 1 },
        start: { job: 'security/scan', parameters: {} },
        stop: { job: 'security/scan', queueItem: 1 },
      },
    },
    {
      definition: jira.ticketing({
        url,
        email: 'adder@acme.example',
        token: secret('JIRA_TOKEN'),
        project: 'SEC',
        type: 'Incident',
      }),
      protocol: 'http',
      inputs: ticketingInputs,
    },
    {
      definition: jira.dataCenterTicketing({ url, token: secret('JIRA_TOKEN'), project: 'SEC', type: 'Incident' }),
      protocol: 'http',
      inputs: ticketingInputs,
    },
    {
      definition: requestTracker.ticketing({ url, token: secret('RT_TOKEN'), queue: 'Security' }),
      protocol: 'http',
      inputs: ticketingInputs,
    },
    {
      definition: roomba.connector({
        host: 'roomba.acme.example',
        blid: '3149C61040A31580',
        password: secret('ROOMBA_PASSWORD'),
        fingerprint: 'AB'.repeat(32),
      }),
      protocol: 'mqtt',
      inputs: { state: undefined, clean: undefined, dock: undefined },
    },
    {
      definition: rundeck.connector({ url, token: secret('RUNDECK_TOKEN') }),
      protocol: 'http',
      inputs: { execution: { id: 1 }, output: { id: 1 }, run: { job: 'a-job', options: {} }, abort: { id: 1 } },
    },
    {
      definition: stackStorm.connector({ url, apiKey: secret('ST2_API_KEY') }),
      protocol: 'http',
      inputs: {
        execution: { id: 'a'.repeat(24) },
        output: { id: 'a'.repeat(24) },
        run: { action: 'core.local', parameters: {} },
        cancel: { id: 'a'.repeat(24) },
      },
    },
    {
      definition: splunkSoar.connector({ url, token: secret('SOAR_TOKEN') }),
      protocol: 'http',
      inputs: {
        playbookRun: { id: 1 },
        openContainer: {
          name: 'Malware on web-1',
          artifacts: [{ name: 'Host', cef: { destinationHostName: 'web-1' } }],
        },
        runPlaybook: { playbook: 'local/contain_host', container: 1 },
      },
    },
    {
      definition: tines.connector({ url, webhook: secret('TINES_TRIAGE'), apiKey: secret('TINES_API_KEY') }),
      protocol: 'http',
      inputs: { send: { event: { host: 'web-1' } } },
    },
    {
      definition: splunk.connector({ url, token: secret('SPLUNK_API_TOKEN') }),
      protocol: 'http',
      inputs: {
        search: { query: splunk.spl`index=main user=${'mlisa'}` },
        export: { query: splunk.spl`index=main user=${'mlisa'}` },
      },
    },
    {
      definition: splunkHec.connector({ url, token: secret('SPLUNK_HEC_TOKEN') }),
      protocol: 'http',
      inputs: { sendEvent: { event: { action: 'isolated', host: 'web-1' } } },
    },
    {
      definition: virusTotal.connector({ apiKey: secret('VT_API_KEY'), plan: 'public', url }),
      protocol: 'http',
      inputs: { file: '44d88612fea8a8f36de82e1278abb02f' },
    },
  ]
}

/** A look-up or an effect of one of them. */
export interface EveryOperation {
  /** `jira.open`. */
  name: string
  /** Of its connector or ticketing: one integration may have both. */
  title: string
  kind: 'look-up' | 'effect'
  operation: string
  protocol: EveryConnector['protocol']
  /** An input that it takes; missing where `inputs` has none for it. */
  input?: unknown
}

/** Every look-up and effect of theirs. */
export const everyOperation: readonly EveryOperation[] = everyConnector().flatMap(
  ({ definition: { integration, title, connect }, protocol, inputs }) => {
    const { lookups, effects } = connect()
    const kinds = [
      ...Object.keys(lookups).map((operation) => ({ operation, kind: 'look-up' }) as const),
      ...Object.keys(effects).map((operation) => ({ operation, kind: 'effect' }) as const),
    ]
    return kinds.map(({ operation, kind }) => ({
      name: `${integration}.${operation}`,
      title,
      kind,
      operation,
      protocol,
      ...(Object.hasOwn(inputs, operation) ? { input: inputs[operation] } : {}),
    }))
  },
)
