import { defineConfig, secret } from 'adderjs'
import * as github from 'adderjs/github'
import * as splunk from 'adderjs/splunk'
import talk from '../../../examples/talk/adder.config.ts'

const repository = 'acme/incidents'

/** The talk's, with its tickets in GitHub Issues. */
export default defineConfig({
  ...talk,
  sources: [
    splunk.source({ token: secret('SPLUNK_HOOK_TOKEN') }),
    github.source({ secret: secret('GITHUB_HOOK_SECRET'), tickets: repository }),
  ],
  ticketing: github.ticketing({
    repository,
    token: secret('GITHUB_TOKEN'),
    url: process.env.GITHUB_URL ?? '',
    labelFields: ['Alert type', 'Alert source'],
  }),
})
