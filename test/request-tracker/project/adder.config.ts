import { defineConfig, secret } from 'adderjs'
import * as requestTracker from 'adderjs/request-tracker'
import talk from '../../../examples/talk/adder.config.ts'

/** The talk's, with its tickets in Request Tracker. */
export default defineConfig({
  ...talk,
  ticketing: requestTracker.ticketing({
    url: process.env.RT_URL ?? '',
    token: secret('RT_TOKEN'),
    queue: 'Security',
  }),
})
