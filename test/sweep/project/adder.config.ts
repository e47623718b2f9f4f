import { defineConfig, secret } from 'adderjs'
import * as jira from 'adderjs/jira'
import * as splunk from 'adderjs/splunk'
import talk from '../../../examples/talk/adder.config.ts'

/** The talk's, which sweeps Splunk for whole result sets, and Jira. */
export default defineConfig({
  ...talk,
  sources: [
    splunk.source({
      token: secret('SPLUNK_HOOK_TOKEN'),
      sweep: { url: process.env.SPLUNK_URL ?? '', token: secret('SPLUNK_API_TOKEN'), every: '1s', rows: 'all' },
    }),
    jira.source({
      secret: secret('JIRA_HOOK_SECRET'),
      sweep: {
        url: process.env.JIRA_URL ?? '',
        email: process.env.JIRA_EMAIL ?? '',
        token: secret('JIRA_TOKEN'),
        jql: 'project = SEC',
        every: '1s',
      },
    }),
  ],
})
