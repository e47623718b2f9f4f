import { defineConfig, secret } from 'adderjs'
import * as activeDirectory from 'adderjs/active-directory'
import * as jira from 'adderjs/jira'
import * as splunk from 'adderjs/splunk'
import * as virusTotal from 'adderjs/virustotal'

const { env } = process

const { connect, ...tickets } = jira.ticketing({
  url: env.JIRA_URL ?? '',
  email: env.JIRA_EMAIL ?? '',
  token: secret('JIRA_TOKEN'),
  project: env.JIRA_PROJECT ?? '',
  type: 'Incident',
})

/** Whatever is in doubt waits for a write's time-out; a short test has a shorter one. */
function connectImpatiently(): ReturnType<typeof connect> {
  const { effects, ...port } = connect()
  const { open, comment, editComment, ...others } = effects
  const timeoutMs = Number(env.WRITE_TIMEOUT_MS)
  return {
    ...port,
    effects: {
      ...others,
      open: { ...open, timeoutMs },
      comment: { ...comment, timeoutMs },
      editComment: { ...editComment, timeoutMs },
    },
  }
}

/** The talk's, with a VirusTotal that has no quota, and with shorter waits. */
export default defineConfig({
  sources: [splunk.source({ token: secret('SPLUNK_HOOK_TOKEN') }), jira.source({ secret: secret('JIRA_HOOK_SECRET') })],
  connectors: {
    directory: activeDirectory.connector({
      url: env.AD_URL ?? '',
      ca: env.AD_CA ?? '',
      bindDn: env.AD_BIND_DN ?? '',
      baseDn: env.AD_BASE_DN ?? '',
      password: secret('AD_PASSWORD'),
    }),
    virustotal: virusTotal.connector({ url: env.VT_URL ?? '', apiKey: secret('VT_API_KEY'), plan: 'premium' }),
  },
  ticketing: { ...tickets, connect: connectImpatiently },
  effects: {
    searchForSeconds: Number(env.SEARCH_FOR_SECONDS),
    whenUnknown: env.WHEN_UNKNOWN === 'make again' ? 'make again' : 'wait for a person',
  },
})
