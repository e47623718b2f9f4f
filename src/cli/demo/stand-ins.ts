import { randomBytes } from 'node:crypto'
import { type DirectoryStandIn, startDirectory } from '../../integrations/active-directory/stand-in.ts'
import { type JiraStandIn, startJira } from '../../integrations/jira/stand-in.ts'
import { type SplunkStandIn, startSplunk } from '../../integrations/splunk/stand-in.ts'
import { knownFiles, startVirusTotal, type VirusTotalStandIn } from '../../integrations/virustotal/stand-in.ts'

/** The four outside systems of the talk, on this machine. */
export interface StandIns {
  splunk: SplunkStandIn
  jira: JiraStandIn
  directory: DirectoryStandIn
  virustotal: VirusTotalStandIn
  /** What Adder's own endpoints take. */
  adderToken: string
  close(): Promise<void>
}

/** The talk's search runs every quarter of an hour; nobody waits that long for a demo. */
const searchesEveryMs = 500

/** A Python installer that nobody needs to worry about: the demo's file. */
const installer = {
  sha256: '6f3b4f1a8f2c0f9a1c1b54f2f40f5d3c2f60cf3f1f6c3e6d5a5b8c6f3d2e1a90',
  sha1: '0c5f7e2a1d8b9c6e4f3a2b1c0d9e8f7a6b5c4d3e',
  md5: '9e107d9d372bb6826bd81d3542a419d6',
  name: 'setup.exe',
  type: 'Win32 EXE',
  verdicts: { malicious: 0, undetected: 60 },
}

/**
 * What MockScan reports in the demo, in turn: the talk's known user and a harmless file, a locked account and a
 * malicious file, and a user and a file that nobody knows.
 */
export const findings = [
  { user: 'mlisa', md5: installer.md5 },
  { user: 'edantes', md5: knownFiles.malicious.md5 },
  { user: 'nemo', md5: 'd0763edaa9d9bd2a9516280e9044d885' },
] as const

/**
 * Starts the stand-ins on free ports and puts what the talk's configuration needs to know of them into the environment,
 * as their operator would for the real systems.
 *
 * @param adderUrl where Adder will listen, for the webhooks.
 */
export async function startStandIns(adderUrl: string): Promise<StandIns> {
  const hookToken = randomBytes(24).toString('base64url')
  const hookSecret = randomBytes(24).toString('base64url')
  const adderToken = randomBytes(24).toString('base64url')
  const [jira, directory, virustotal] = await Promise.all([
    startJira({ token: randomBytes(24).toString('base64url') }),
    startDirectory(),
    startVirusTotal({ files: [installer] }),
  ])
  const splunk = await startSplunk({ webhookUrl: `${adderUrl}/hooks/splunk/${hookToken}`, everyMs: searchesEveryMs })
  const events = ['jira:issue_created', 'jira:issue_updated', 'comment_created']
  jira.webhooks.register({ url: `${adderUrl}/hooks/jira`, events, filter: 'project = SEC', secret: hookSecret })
  Object.assign(process.env, {
    SPLUNK_HOOK_TOKEN: hookToken,
    JIRA_HOOK_SECRET: hookSecret,
    JIRA_URL: jira.url,
    JIRA_EMAIL: jira.email,
    JIRA_TOKEN: jira.token,
    JIRA_PROJECT: 'SEC',
    AD_URL: directory.url,
    AD_CA: directory.ca,
    AD_BASE_DN: directory.baseDn,
    AD_BIND_DN: directory.bindDn,
    AD_PASSWORD: directory.password,
    VT_URL: virustotal.url,
    VT_API_KEY: virustotal.apiKey,
    ADDER_TOKEN: adderToken,
  })
  return {
    splunk,
    jira,
    directory,
    virustotal,
    adderToken,
    close: async () => {
      await splunk.close()
      await Promise.all([jira.close(), directory.close(), virustotal.close()])
    },
  }
}
