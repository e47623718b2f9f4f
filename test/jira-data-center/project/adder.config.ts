import { defineConfig, secret } from 'adderjs'
import * as jira from 'adderjs/jira'
import * as splunk from 'adderjs/splunk'
import talk from '../../../examples/talk/adder.config.ts'

const url = process.env.JIRA_DC_URL ?? ''
const token = secret('JIRA_DC_TOKEN')

/** The talk's, with its tickets in Jira Data Center. */
export default defineConfig({
  ...talk,
  sources: [
    splunk.source({ token: secret('SPLUNK_HOOK_TOKEN') }),
    jira.dataCenterSource({ secret: secret('JIRA_DC_HOOK_SECRET') }),
  ],
  ticketing: jira.dataCenterTicketing({ url, token, project: 'SEC', type: 'Incident' }),
})
