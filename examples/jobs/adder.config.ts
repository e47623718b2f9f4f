import { defineConfig, secret } from 'adderjs'
import * as jenkins from 'adderjs/jenkins'
import * as jira from 'adderjs/jira'

const env = process.env

const config = defineConfig({
  connectors: {
    jenkins: jenkins.connector({
      url: env.JENKINS_URL ?? 'https://jenkins.acme.example',
      user: env.JENKINS_USER ?? 'adder',
      token: secret('JENKINS_TOKEN'),
    }),
  },
  ticketing: jira.ticketing({
    url: env.JIRA_URL ?? 'https://acme.atlassian.net',
    email: env.JIRA_EMAIL ?? 'adder@acme.example',
    token: secret('JIRA_TOKEN'),
    project: env.JIRA_PROJECT ?? 'SEC',
    type: 'Incident',
  }),
  tokens: [{ name: 'soc', secret: secret('ADDER_TOKEN'), scopes: ['automations:run'] }],
})

declare module 'adderjs' {
  interface Register {
    config: typeof config
  }
}

export default config
