import { defineConfig, secret } from 'adderjs'
import * as github from 'adderjs/github'
import * as jira from 'adderjs/jira'

const env = process.env

const config = defineConfig({
  sources: [
    github.source({ secret: secret('GITHUB_HOOK_SECRET') }),
    jira.source({ secret: secret('JIRA_HOOK_SECRET') }),
  ],
  connectors: {
    github: github.connector({ token: secret('GITHUB_TOKEN'), url: env.GITHUB_URL ?? 'https://api.github.com' }),
  },
  ticketing: jira.ticketing({
    url: env.JIRA_URL ?? 'https://acme.atlassian.net',
    email: env.JIRA_EMAIL ?? 'adder@acme.example',
    token: secret('JIRA_TOKEN'),
    project: env.JIRA_PROJECT ?? 'SEC',
    type: 'Task',
  }),
})

declare module 'adderjs' {
  interface Register {
    config: typeof config
  }
}

export default config
