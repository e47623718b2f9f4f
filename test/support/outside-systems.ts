import { randomBytes } from 'node:crypto'
import { type DirectoryStandIn, startDirectory } from '../../src/integrations/active-directory/stand-in.ts'
import { type JiraStandIn, startJira } from '../../src/integrations/jira/stand-in.ts'
import { type SplunkStandIn, type SplunkStandInOptions, startSplunk } from '../../src/integrations/splunk/stand-in.ts'
import { startVirusTotal, type VirusTotalStandIn } from '../../src/integrations/virustotal/stand-in.ts'

/** The systems that Adder asks and writes to, and what it has to know of them and of its callers. */
export interface OutsideSystems {
  jira: JiraStandIn
  directory: DirectoryStandIn
  virustotal: VirusTotalStandIn
  /** The environment of the talk's configuration. */
  env: Record<string, string>
  /** The values in it that nobody may see. */
  secrets: Record<string, string>
  /** Makes all of them well. */
  heal(): void
  close(): Promise<void>
}

/** Starts the stand-ins of the talk, except for Splunk, which has to know where Adder listens. */
export async function startOutsideSystems({ hasWriteLimits = true } = {}): Promise<OutsideSystems> {
  const secrets = {
    SPLUNK_HOOK_TOKEN: newSecret(),
    JIRA_HOOK_SECRET: newSecret(),
    JIRA_TOKEN: newSecret(),
    AD_PASSWORD: newSecret(),
    VT_API_KEY: newSecret(),
    ADDER_TOKEN: newSecret(),
  }
  const [jira, directory, virustotal] = await Promise.all([
    startJira({ token: secrets.JIRA_TOKEN, projects: ['SEC', 'OPS'], hasWriteLimits }),
    startDirectory({ password: secrets.AD_PASSWORD }),
    startVirusTotal({ apiKey: secrets.VT_API_KEY }),
  ])
  const all = [jira, directory, virustotal]
  return {
    jira,
    directory,
    virustotal,
    secrets,
    env: {
      ...secrets,
      JIRA_URL: jira.url,
      JIRA_EMAIL: jira.email,
      JIRA_PROJECT: 'SEC',
      AD_URL: directory.url,
      AD_CA: directory.ca,
      AD_BASE_DN: directory.baseDn,
      AD_BIND_DN: directory.bindDn,
      VT_URL: virustotal.url,
    },
    heal: () => {
      for (const each of all) each.misbehave({})
    },
    close: async () => {
      await Promise.all(all.map((each) => each.close()))
    },
  }
}

/** A Splunk whose saved search calls an Adder, which may start later. */
export function splunkOf(
  adderUrl: () => string,
  { secrets }: OutsideSystems,
  options: Pick<SplunkStandInOptions, 'trigger'> = {},
): Promise<SplunkStandIn> {
  const webhookUrl = () => `${adderUrl()}/hooks/splunk/${secrets.SPLUNK_HOOK_TOKEN}`
  return startSplunk({ webhookUrl, ...options })
}

function newSecret(): string {
  return randomBytes(24).toString('base64url')
}
