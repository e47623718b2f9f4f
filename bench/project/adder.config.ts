import { defineConfig, secret } from 'adderjs'
import * as virusTotal from 'adderjs/virustotal'
import talk from '../../examples/talk/adder.config.ts'

/** The talk's, with a VirusTotal that each alert asks: a quota, or a kept answer, would be measured instead. */
export default defineConfig({
  ...talk,
  connectors: {
    ...talk.connectors,
    virustotal: virusTotal.connector({
      apiKey: secret('VT_API_KEY'),
      plan: 'premium',
      url: process.env.VT_URL ?? '',
      freshFor: { found: '0s', notFound: '0s' },
    }),
  },
})
