import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import type { Connector, ConnectorDefinition, Lookups } from '../../src/connectors/connector.ts'
import type { EffectCall } from '../../src/connectors/effect.ts'
import * as abuseIpDb from '../../src/integrations/abuseipdb/index.ts'
import { reportedAddresses, startAbuseIpDb } from '../../src/integrations/abuseipdb/stand-in.ts'
import * as activeDirectory from '../../src/integrations/active-directory/index.ts'
import { startDirectory } from '../../src/integrations/active-directory/stand-in.ts'
import * as ansible from '../../src/integrations/ansible/index.ts'
import { ansibleStandIn } from '../../src/integrations/ansible/stand-in.ts'
import * as awsLambda from '../../src/integrations/aws-lambda/index.ts'
import { startAwsLambda } from '../../src/integrations/aws-lambda/stand-in.ts'
import * as awx from '../../src/integrations/awx/index.ts'
import { startAwx } from '../../src/integrations/awx/stand-in.ts'
import * as celery from '../../src/integrations/celery/index.ts'
import * as cortexXsoar from '../../src/integrations/cortex-xsoar/index.ts'
import { startCortexXsoar } from '../../src/integrations/cortex-xsoar/stand-in.ts'
import * as github from '../../src/integrations/github/index.ts'
import { startGitHub } from '../../src/integrations/github/stand-in.ts'
import * as jenkins from '../../src/integrations/jenkins/index.ts'
import { startJenkins } from '../../src/integrations/jenkins/stand-in.ts'
import * as jira from '../../src/integrations/jira/index.ts'
import { startJira } from '../../src/integrations/jira/stand-in.ts'
import * as requestTracker from '../../src/integrations/request-tracker/index.ts'
import { startRequestTracker } from '../../src/integrations/request-tracker/stand-in.ts'
import * as roomba from '../../src/integrations/roomba/index.ts'
import { startRoomba } from '../../src/integrations/roomba/stand-in.ts'
import * as rundeck from '../../src/integrations/rundeck/index.ts'
import { scanJob, startRundeck } from '../../src/integrations/rundeck/stand-in.ts'
import * as splunk from '../../src/integrations/splunk/index.ts'
import { startSplunk } from '../../src/integrations/splunk/stand-in.ts'
import * as splunkSoar from '../../src/integrations/splunk-soar/index.ts'
import { startSplunkSoar } from '../../src/integrations/splunk-soar/stand-in.ts'
import * as stackStorm from '../../src/integrations/stackstorm/index.ts'
import { startStackStorm } from '../../src/integrations/stackstorm/stand-in.ts'
import * as virusTotal from '../../src/integrations/virustotal/index.ts'
import { knownFiles, startVirusTotal } from '../../src/integrations/virustotal/stand-in.ts'
import type { StandIn } from '../../src/stand-ins/stand-in.ts'
import { paragraph } from '../../src/tickets/document.ts'
import type { Ticketing } from '../../src/tickets/ticketing.ts'
import { brokerUser } from './rabbitmq-contract.ts'
import { secretOf } from './secret-of.ts'
import { startStandInBroker, startStandInWorker } from './stand-in-queues.ts'
import { until } from './until.ts'

/** A stand-in that knows something, and does not know something else. */
export interface LookupDesk {
  lookups: Lookups
  /** What each look-up is asked, by its name. */
  asked: Readonly<Record<string, AskedLookup>>
  /** Needed where a look-up is about the one thing there is: it can't be asked any more. */
  goDown?(): void
}

export interface AskedLookup {
  /** An input that the stand-in knows about. */
  there: unknown
  /** One that it takes and knows nothing of. Left out where the look-up is about the one thing there is. */
  missing?: unknown
  /** The value that is found of what is missing, for a look-up in `neverNotFound`. */
  says?: unknown
}

const yesOrNo = 'it answers yes or no, and what is missing is a no'

/** The look-ups that never say `not_found`, by `<title>.<look-up>`, and why. */
export const neverNotFound: Readonly<Record<string, string>> = {
  'AbuseIPDB.check': 'it counts reports, and none is a count',
  'Roomba.state': 'it is about one robot, and asks that robot',
  ...Object.fromEntries(
    ['GitHub Issues', 'Jira', 'Jira Data Center', 'Request Tracker'].flatMap((title) => [
      [`${title}.isOwnComment`, yesOrNo],
      [`${title}.isMadeBy`, yesOrNo],
      [`${title}.ownAccount`, 'it is about the account that asks'],
    ]),
  ),
}

/** A desk for every connector and ticketing that has look-ups, by its title: one integration may have two. */
export const everyLookup: Readonly<Record<string, (t: TestContext) => Promise<LookupDesk>>> = {
  async AbuseIPDB(t) {
    const { url, apiKey } = closing(t, await startAbuseIpDb())
    const { lookups } = connected(t, abuseIpDb.connector({ url, apiKey: secretOf(t, apiKey) }))
    const [ip] = Object.keys(reportedAddresses)
    const missing = '9.9.9.9'
    const says = { ip: missing, score: 0, reports: 0, reporters: 0, isTor: false }
    const page = `https://www.abuseipdb.com/check/${missing}`
    return { lookups, asked: { check: { there: { ip }, missing: { ip: missing }, says: { ...says, url: page } } } }
  },
  async 'Active Directory'(t) {
    const { url, bindDn, baseDn, ca, password } = closing(t, await startDirectory())
    const options = { url, bindDn, baseDn, ca, password: secretOf(t, password) }
    const { lookups } = connected(t, activeDirectory.connector(options))
    return { lookups, asked: { user: { there: 'mlisa', missing: 'nobody' } } }
  },
  async Ansible(t) {
    const root = await mkdtemp(path.join(tmpdir(), 'adder-play-'))
    t.after(() => rm(root, { recursive: true, force: true }))
    const [playbooks, inventory] = [path.join(root, 'playbooks'), path.join(root, 'inventory')]
    await mkdir(playbooks)
    await writeFile(inventory, 'web-1 ansible_connection=local\n')
    const tasks = [{ name: 'look', 'ansible.builtin.debug': { msg: 'seen' } }]
    await writeFile(path.join(playbooks, 'play.yml'), JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }]))
    const options = { playbooks, inventory, folder: path.join(root, 'p'), program: await ansibleStandIn(root) }
    const { lookups, effects } = connected(t, ansible.connector(options))
    const there = await effects.start.make({ playbook: 'play.yml', limit: ['web-1'] }, making())
    await until('the play is over', async () => {
      const answer = await lookups.play(there, making())
      return answer.kind === 'found' && ansible.isOver(answer.value)
    })
    return { lookups, asked: { play: { there, missing: { ...there, play: making().marker } } } }
  },
  async 'AWS Lambda'(t) {
    const standIn = closing(t, await startAwsLambda())
    const { url, region } = standIn
    const accessKeyId = secretOf(t, standIn.accessKeyId)
    const secretAccessKey = secretOf(t, standIn.secretAccessKey)
    const { lookups, effects } = connected(t, awsLambda.connector({ url, region, accessKeyId, secretAccessKey }))
    const there = await effects.start.make({ function: 'scan-host', qualifier: 'live' }, making())
    standIn.finish('SUCCEEDED', { result: '{"hosts":2}' })
    const missing = { arn: there.arn.replace(/[\w-]+$/, 'none') }
    return { lookups, asked: { execution: { there, missing }, result: { there, missing } } }
  },
  async AWX(t) {
    const { url, token } = closing(t, await startAwx())
    const { lookups, effects } = connected(t, awx.connector({ url, token: secretOf(t, token) }))
    const there = await effects.launch.make({ template: 7 }, making())
    return { lookups, asked: { job: { there, missing: { id: 99 } } } }
  },
  async Celery(t) {
    const broker = await startStandInBroker()
    const worker = await startStandInWorker(broker)
    const options = { url: `amqp://127.0.0.1:${broker.port}`, user: brokerUser, password: secretOf(t, broker.password) }
    const { lookups, effects, close } = celery.connector(options).connect()
    t.after(async () => {
      // The worker takes it ill if its broker goes first.
      await close()
      await worker.close()
      await broker.close()
    })
    const there = await effects.start.make({ task: 'adder.add', args: [2, 3] }, making())
    await until('the task is over', async () => {
      const answer = await lookups.result(there, making())
      return answer.kind === 'found' && celery.isOver(answer.value)
    })
    return { lookups, asked: { result: { there, missing: { id: making().marker } } } }
  },
  async 'Cortex XSOAR'(t) {
    const { url, keyId, apiKey } = closing(t, await startCortexXsoar())
    const { lookups, effects } = connected(t, cortexXsoar.connector({ url, keyId, apiKey: secretOf(t, apiKey) }))
    const there = await effects.createIncident.make({ name: 'Malware on web-1' }, making())
    return { lookups, asked: { incident: { there, missing: { id: '99' } } } }
  },
  async GitHub(t) {
    const standIn = closing(t, await startGitHub())
    const { lookups } = connected(t, github.connector({ url: standIn.url, token: secretOf(t, standIn.token) }))
    const files = [{ filename: 'src/cart.ts', status: 'modified', additions: 2, deletions: 1 }] as const
    const { number } = standIn.openPullRequest({ title: 'Odd', files: [...files] })
    const there = { repository: 'acme/shop', number }
    const missing = { ...there, number: 99 }
    return { lookups, asked: { pullRequest: { there, missing }, changedFiles: { there, missing } } }
  },
  async 'GitHub Issues'(t) {
    const standIn = closing(t, await startGitHub())
    const { url, token } = standIn
    const options = { url, repository: 'acme/shop', token: secretOf(t, token) }
    return ticketsDesk(standIn, connected(t, github.ticketing(options)))
  },
  async Jenkins(t) {
    const standIn = closing(t, await startJenkins())
    const { url, user, token } = standIn
    const { lookups, effects } = connected(t, jenkins.connector({ url, user, token: secretOf(t, token) }))
    const there = await effects.start.make({ job: 'security/scan' }, making())
    standIn.begin()
    standIn.write('scanned\n')
    standIn.finish('SUCCESS')
    const missing = { ...there, queueItem: 99 }
    return { lookups, asked: { build: { there, missing }, console: { there, missing } } }
  },
  async Jira(t) {
    const standIn = closing(t, await startJira())
    const account = { email: 'adder@acme.example', token: secretOf(t, 'stand-in-token') }
    const options = { url: standIn.url, project: 'SEC', type: 'Incident', ...account }
    return ticketsDesk(standIn, connected(t, jira.ticketing(options)))
  },
  async 'Jira Data Center'(t) {
    const standIn = closing(t, await startJira({ edition: 'data center' }))
    const options = { url: standIn.url, project: 'SEC', type: 'Incident', token: secretOf(t, 'stand-in-token') }
    return ticketsDesk(standIn, connected(t, jira.dataCenterTicketing(options)))
  },
  async 'Request Tracker'(t) {
    const standIn = closing(t, await startRequestTracker())
    const options = { url: standIn.url, queue: 'Security', token: secretOf(t, standIn.tokens.adder) }
    return ticketsDesk(standIn, connected(t, requestTracker.ticketing(options)))
  },
  async Roomba(t) {
    const standIn = closing(t, await startRoomba())
    const { host, port, blid, fingerprint, password } = standIn
    const options = { host, port, blid, fingerprint, password: secretOf(t, password) }
    const { lookups } = connected(t, roomba.connector(options))
    return { lookups, asked: { state: { there: undefined } }, goDown: () => standIn.misbehave({ down: true }) }
  },
  async Rundeck(t) {
    const standIn = closing(t, await startRundeck())
    const { url, token } = standIn
    const { lookups, effects } = connected(t, rundeck.connector({ url, token: secretOf(t, token) }))
    const there = await effects.run.make({ job: scanJob }, making())
    standIn.finish('succeeded', ['scanned'])
    const missing = { id: 99 }
    return { lookups, asked: { execution: { there, missing }, output: { there, missing } } }
  },
  async Splunk(t) {
    const standIn = closing(t, await startSplunk({ webhookUrl: 'http://127.0.0.1:1/hooks/splunk/t0ken' }))
    const { url, apiToken } = standIn
    const { lookups } = connected(t, splunk.connector({ url, token: secretOf(t, apiToken) }))
    standIn.addLog({ user: 'mlisa', md5: '44d88612fea8a8f36de82e1278abb02f' })
    const [there, missing] = ['mlisa', 'nobody'].map((user) => ({ query: splunk.spl`user=${user} | table user md5` }))
    return { lookups, asked: { search: { there, missing }, export: { there, missing } } }
  },
  async 'Splunk SOAR'(t) {
    const { url, token } = closing(t, await startSplunkSoar())
    const { lookups, effects } = connected(t, splunkSoar.connector({ url, token: secretOf(t, token) }))
    const { id: container } = await effects.openContainer.make({ name: 'Malware on web-1' }, making())
    const there = await effects.runPlaybook.make({ playbook: 'local/contain_host', container }, making())
    return { lookups, asked: { playbookRun: { there, missing: { id: 99 } } } }
  },
  async StackStorm(t) {
    const standIn = closing(t, await startStackStorm())
    const { url, apiKey } = standIn
    const { lookups, effects } = connected(t, stackStorm.connector({ url, apiKey: secretOf(t, apiKey) }))
    const there = await effects.run.make({ action: 'security.scan' }, making())
    standIn.advance('succeeded', { stdout: 'clean' })
    const missing = { id: 'f'.repeat(24) }
    return { lookups, asked: { execution: { there, missing }, output: { there, missing } } }
  },
  async VirusTotal(t) {
    const { url, apiKey } = closing(t, await startVirusTotal())
    const { lookups } = connected(t, virusTotal.connector({ url, plan: 'public', apiKey: secretOf(t, apiKey) }))
    return { lookups, asked: { file: { there: knownFiles.malicious.sha256, missing: '0'.repeat(64) } } }
  },
}

/** The same for every ticketing: a ticket with a comment, both made by Adder. */
async function ticketsDesk(standIn: StandIn, { lookups, effects }: Ticketing): Promise<LookupDesk> {
  const opening = making()
  const { id, key, url } = await effects.open.make({ summary: 'Malware on web-1' }, opening)
  const ticket = { id, key, url }
  const { id: commentId } = await effects.comment.make({ ticket, body: [paragraph('Seen')] }, making())
  const gone = { ...ticket, id: '99999' }
  const { marker } = opening
  return {
    lookups,
    asked: {
      read: { there: ticket, missing: gone },
      isOwnComment: { there: { ticket, commentId }, missing: { ticket, commentId: '99999' }, says: false },
      isMadeBy: { there: { ticket, marker }, missing: { ticket: gone, marker }, says: false },
      ownAccount: { there: undefined },
    },
    goDown: () => standIn.misbehave({ down: true }),
  }
}

function closing<T extends { close(): Promise<void> }>(t: TestContext, started: T): T {
  t.after(() => started.close())
  return started
}

function connected<C extends Connector>(t: TestContext, definition: ConnectorDefinition<C>): C {
  return closing(t, definition.connect())
}

/** Of an effect with a marker of its own. */
function making(): EffectCall {
  return {
    signal: AbortSignal.timeout(20_000),
    marker: `adder-${randomBytes(12).toString('hex')}`,
    intendedAt: new Date().toISOString(),
  }
}
