import { defineConfig, secret } from 'adderjs'
import * as jira from 'adderjs/jira'
import * as roomba from 'adderjs/roomba'

const env = process.env

const config = defineConfig({
  sources: [jira.source({ secret: secret('JIRA_HOOK_SECRET') })],
  connectors: {
    roomba: roomba.connector({
      host: env.ROOMBA_HOST ?? '192.168.1.20',
      port: Number(env.ROOMBA_PORT ?? 8883),
      blid: env.ROOMBA_BLID ?? '3149C61040A31580',
      password: secret('ROOMBA_PASSWORD'),
      fingerprint: env.ROOMBA_FINGERPRINT ?? '00'.repeat(32),
    }),
  },
  ticketing: jira.ticketing({
    url: env.JIRA_URL ?? 'https://acme.atlassian.net',
    email: env.JIRA_EMAIL ?? 'adder@acme.example',
    token: secret('JIRA_TOKEN'),
    project: env.JIRA_PROJECT ?? 'SEC',
    type: 'Cleaning',
  }),
})

declare module 'adderjs' {
  interface Register {
    config: typeof config
  }
}

export default config
