import { defineConfig, secret } from 'adderjs'
import * as activeDirectory from 'adderjs/active-directory'
import * as jira from 'adderjs/jira'
import * as splunk from 'adderjs/splunk'
import * as virusTotal from 'adderjs/virustotal'

const env = process.env

const config = defineConfig({
  sources: [splunk.source({ token: secret('SPLUNK_HOOK_TOKEN') }), jira.source({ secret: secret('JIRA_HOOK_SECRET') })],
  connectors: {
    directory: activeDirectory.connector({
      url: env.AD_URL ?? 'ldaps://dc1.acme.example',
      bindDn: env.AD_BIND_DN ?? 'CN=svc-adder,OU=Service Accounts,DC=acme,DC=example',
      password: secret('AD_PASSWORD'),
      baseDn: env.AD_BASE_DN ?? 'DC=acme,DC=example',
      ...(env.AD_CA ? { ca: env.AD_CA } : {}),
    }),
    virustotal: virusTotal.connector({
      apiKey: secret('VT_API_KEY'),
      plan: 'public',
      url: env.VT_URL ?? 'https://www.virustotal.com',
    }),
  },
  ticketing: jira.ticketing({
    url: env.JIRA_URL ?? 'https://acme.atlassian.net',
    email: env.JIRA_EMAIL ?? 'adder@acme.example',
    token: secret('JIRA_TOKEN'),
    project: env.JIRA_PROJECT ?? 'SEC',
    type: 'Incident',
  }),
  tokens: [{ name: 'soc', secret: secret('ADDER_TOKEN'), scopes: ['lookups:read', 'automations:run'] }],
})

declare module 'adderjs' {
  interface Register {
    config: typeof config
  }
}

export default config
