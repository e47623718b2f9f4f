import type { Connector, ConnectorDefinition } from '../../src/connectors/connector.ts'
import * as activeDirectory from '../../src/integrations/active-directory/index.ts'
import * as jira from '../../src/integrations/jira/index.ts'
import * as requestTracker from '../../src/integrations/request-tracker/index.ts'
import * as virusTotal from '../../src/integrations/virustotal/index.ts'
import { secret } from '../../src/secrets/secret.ts'

/** Every connector and ticketing that Adder comes with, with options that connect to nothing. */
export function everyConnector(): ConnectorDefinition<Connector>[] {
  return [
    activeDirectory.connector({
      url: 'ldaps://dc1.acme.example',
      bindDn: 'CN=Adder,DC=acme,DC=example',
      password: secret('AD_PASSWORD'),
      baseDn: 'DC=acme,DC=example',
    }),
    jira.ticketing({
      url: 'https://acme.atlassian.net',
      email: 'adder@acme.example',
      token: secret('JIRA_TOKEN'),
      project: 'SEC',
      type: 'Incident',
    }),
    requestTracker.ticketing({ url: 'https://rt.acme.example', token: secret('RT_TOKEN'), queue: 'Security' }),
    virusTotal.connector({ apiKey: secret('VT_API_KEY'), plan: 'public' }),
  ]
}
