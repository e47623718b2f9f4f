import { defineConfig, secret } from 'adderjs'
import * as requestTracker from 'adderjs/request-tracker'
import * as splunk from 'adderjs/splunk'
import talk from '../../../examples/talk/adder.config.ts'

/** The talk's, with its tickets in Request Tracker. */
export default defineConfig({
  ...talk,
  sources: [
    splunk.source({ token: secret('SPLUNK_HOOK_TOKEN') }),
    requestTracker.source({ url: process.env.RT_URL ?? '', secret: secret('RT_HOOK_SECRET') }),
  ],
  ticketing: requestTracker.ticketing({
    url: process.env.RT_URL ?? '',
    token: secret('RT_TOKEN'),
    queue: 'Security',
  }),
})
