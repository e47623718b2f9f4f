import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { type GitHubStandIn, startGitHub } from '../../../integrations/github/stand-in.ts'
import { type JenkinsStandIn, startJenkins } from '../../../integrations/jenkins/stand-in.ts'
import { hasMqtt } from '../../../integrations/roomba/load-mqtt.ts'
import { type RobotStandIn, startRoomba } from '../../../integrations/roomba/stand-in.ts'
import type { StandIns } from '../stand-ins.ts'
import { endPlays } from './end-plays.ts'

/** What the tour visits besides the talk's systems. */
export interface TourStandIns {
  github: GitHubStandIn
  jenkins: JenkinsStandIn
  /** Undefined where the package `mqtt` is not installed. */
  robot: RobotStandIn | undefined
  /** Has GitHub tell Adder what happens from now on, which Adder has to listen for. */
  registerWebhooks(): void
  /** Also ends what Ansible plays. */
  close(): Promise<void>
}

export interface TourStandInsOptions {
  /** Where Adder will listen. */
  adderUrl: string
  /** The talk's, which are there already. */
  standIns: StandIns
  /** The tour's example. */
  project: string
  /** A folder that goes away with the demo. */
  folder: string
}

/** What Ansible's connector takes, in bytes. */
const longestFolder = 60
/** Longer than the first look at a build, and over by the second. */
const buildsLastMs = 3000
const wayHomeMs = 2000

/**
 * Starts what the tour visits, and puts what its configuration needs to know of it into the environment. Ansible is no
 * stand-in: it plays a copy of the example's playbooks on this machine, where they write into the demo's folder.
 */
export async function startTourStandIns(options: TourStandInsOptions): Promise<TourStandIns> {
  const { adderUrl, standIns, project, folder } = options
  const hookSecret = randomBytes(24).toString('base64url')
  const token = () => randomBytes(24).toString('base64url')
  const [github, jenkins, robot] = await Promise.all([
    startGitHub({ token: token() }),
    startJenkins({ token: token(), buildsLastMs }),
    hasMqtt() ? startRoomba({ wayHomeMs }) : undefined,
  ])
  const ansible = path.join(folder, 'ansible')
  cpSync(path.join(project, 'ansible'), ansible, { recursive: true })
  const plays = playsFolder(folder)
  Object.assign(process.env, {
    SPLUNK_URL: standIns.splunk.url,
    SPLUNK_API_TOKEN: standIns.splunk.apiToken,
    PLAYBOOKS: path.join(ansible, 'playbooks'),
    INVENTORY: path.join(ansible, 'inventory'),
    PLAYS: plays,
    GITHUB_URL: github.url,
    GITHUB_TOKEN: github.token,
    GITHUB_HOOK_SECRET: hookSecret,
    JENKINS_URL: jenkins.url,
    JENKINS_USER: jenkins.user,
    JENKINS_TOKEN: jenkins.token,
    ...(robot && robotVariables(robot)),
  })
  return {
    github,
    jenkins,
    robot,
    registerWebhooks: () => github.webhooks.register({ url: `${adderUrl}/hooks/github`, secret: hookSecret }),
    close: async () => {
      await endPlays(plays)
      rmSync(plays, { recursive: true, force: true, maxRetries: 5 })
      await Promise.all([github.close(), jenkins.close(), robot?.close()])
    },
  }
}

function robotVariables({ host, port, blid, password, fingerprint }: RobotStandIn) {
  return {
    ROOMBA_HOST: host,
    ROOMBA_PORT: String(port),
    ROOMBA_BLID: blid,
    ROOMBA_PASSWORD: password,
    ROOMBA_FINGERPRINT: fingerprint,
  }
}

/** In the demo's folder, unless the sockets in there would have longer paths than a system takes. */
function playsFolder(folder: string): string {
  const plays = path.join(folder, 'plays')
  if (Buffer.byteLength(plays) > longestFolder) return mkdtempSync('/tmp/adder-plays-')
  mkdirSync(plays)
  return plays
}
