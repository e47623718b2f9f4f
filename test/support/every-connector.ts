import type { Connector, ConnectorDefinition } from '../../src/connectors/connector.ts'
import * as activeDirectory from '../../src/integrations/active-directory/index.ts'
import * as github from '../../src/integrations/github/index.ts'
import * as jira from '../../src/integrations/jira/index.ts'
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
    github.connector({ token: secret('GITHUB_TOKEN') }),
    github.ticketing({ repository: 'acme/incidents', token: secret('GITHUB_TOKEN') }),
    jira.ticketing({
      url: 'https://acme.atlassian.net',
      email: 'adder@acme.example',
      token: secret('JIRA_TOKEN'),
      project: 'SEC',
      type: 'Incident',
    }),
    virusTotal.connector({ apiKey: secret('VT_API_KEY'), plan: 'public' }),
  ]
}
