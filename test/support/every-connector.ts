import type { Connector, ConnectorDefinition } from '../../src/connectors/connector.ts'
import * as abuseIpDb from '../../src/integrations/abuseipdb/index.ts'
import * as activeDirectory from '../../src/integrations/active-directory/index.ts'
import * as jenkins from '../../src/integrations/jenkins/index.ts'
import * as jira from '../../src/integrations/jira/index.ts'
import * as rundeck from '../../src/integrations/rundeck/index.ts'
import * as stackStorm from '../../src/integrations/stackstorm/index.ts'
import * as virusTotal from '../../src/integrations/virustotal/index.ts'
import { secret } from '../../src/secrets/secret.ts'

/** A connector or ticketing, and what its contract is tested with. */
export interface EveryConnector {
  definition: ConnectorDefinition<Connector>
  /** What it speaks. Only `http` can be answered by a server that knows nothing of it. */
  protocol: 'http' | 'ldap'
  /** An input that each look-up takes, by its name. */
  inputs: Readonly<Record<string, unknown>>
}

const ticket = { id: '10001', key: 'SEC-1', url: 'https://acme.atlassian.net/browse/SEC-1' }

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
      definition: jenkins.connector({ url, user: 'adder', token: secret('JENKINS_TOKEN') }),
      protocol: 'http',
      inputs: { build: { job: 'security/scan', queueItem: 1 } },
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
      inputs: {
        read: ticket,
        isOwnComment: { ticket, commentId: '10100' },
        isMadeBy: { ticket, marker: 'adder-0123456789abcdef01234567' },
        ownAccount: undefined,
      },
    },
    {
      definition: rundeck.connector({ url, token: secret('RUNDECK_TOKEN') }),
      protocol: 'http',
      inputs: { execution: { id: 1 }, output: { id: 1 } },
    },
    {
      definition: stackStorm.connector({ url, apiKey: secret('ST2_API_KEY') }),
      protocol: 'http',
      inputs: { execution: { id: 'a'.repeat(24) }, output: { id: 'a'.repeat(24) } },
    },
    {
      definition: virusTotal.connector({ apiKey: secret('VT_API_KEY'), plan: 'public', url }),
      protocol: 'http',
      inputs: { file: '44d88612fea8a8f36de82e1278abb02f' },
    },
  ]
}
