import { randomBytes, randomUUID } from 'node:crypto'
import type { Connector, ConnectorDefinition } from '../../src/connectors/connector.ts'
import type { Effect, EffectCall } from '../../src/connectors/effect.ts'
import * as awsLambda from '../../src/integrations/aws-lambda/index.ts'
import { startAwsLambda } from '../../src/integrations/aws-lambda/stand-in.ts'
import * as awx from '../../src/integrations/awx/index.ts'
import { startAwx } from '../../src/integrations/awx/stand-in.ts'
import * as cortexXsoar from '../../src/integrations/cortex-xsoar/index.ts'
import { startCortexXsoar } from '../../src/integrations/cortex-xsoar/stand-in.ts'
import * as github from '../../src/integrations/github/index.ts'
import { startGitHub } from '../../src/integrations/github/stand-in.ts'
import * as jenkins from '../../src/integrations/jenkins/index.ts'
import { type JenkinsStandInOptions, startJenkins } from '../../src/integrations/jenkins/stand-in.ts'
import * as roomba from '../../src/integrations/roomba/index.ts'
import { type RobotStandIn, startRoomba } from '../../src/integrations/roomba/stand-in.ts'
import * as rundeck from '../../src/integrations/rundeck/index.ts'
import { scanJob, startRundeck } from '../../src/integrations/rundeck/stand-in.ts'
import * as splunkSoar from '../../src/integrations/splunk-soar/index.ts'
import { startSplunkSoar } from '../../src/integrations/splunk-soar/stand-in.ts'
import * as stackStorm from '../../src/integrations/stackstorm/index.ts'
import { startStackStorm } from '../../src/integrations/stackstorm/stand-in.ts'
import { secret } from '../../src/secrets/secret.ts'
import type { HttpStandIn } from '../../src/stand-ins/http-stand-in.ts'
import { paragraph } from '../../src/tickets/document.ts'

/** A stand-in on which an effect can be made. */
export interface EffectDesk {
  standIn: HttpStandIn | RobotStandIn
  /** What the connector is made with, so that another process can make it, too. */
  settings: ConnectorSettings
  /** What the effect takes there. */
  input: unknown
  /** How many things the stand-in has made, for whomever; of an effect by state, how often it was told to. */
  made(): number
  /** Needed where the effect is made once by a state: whether the stand-in is in it. */
  isSo?(): boolean
  /** Needed where the effect's search lags: how long it does from now on, in milliseconds. */
  lagSearch?(ms: number): void
}

/** As JSON can carry them. */
export interface ConnectorSettings {
  options: Readonly<Record<string, string | number>>
  /** The environment variables that hold the other options. */
  secrets: Readonly<Record<string, string>>
}

const integrations: Readonly<Record<string, { connector(options: never): ConnectorDefinition<Connector> }>> = {
  'aws-lambda': awsLambda,
  awx,
  'cortex-xsoar': cortexXsoar,
  github,
  jenkins,
  roomba,
  rundeck,
  'splunk-soar': splunkSoar,
  stackstorm: stackStorm,
}

/**
 * Every effect of a connector that is made once, by `<integration>.<effect>`. Those of ticketings are in
 * `ticketing-contract.ts`, Ansible's in `ansible-contract.ts`, Celery's in `celery-contract.ts`.
 */
export const everyEffect: Readonly<Record<string, () => Promise<EffectDesk>>> = {
  'aws-lambda.start': async () => {
    const { standIn, settings } = await lambdaDesk()
    return { standIn, settings, input: durableFunction, made: () => standIn.started().length }
  },
  'aws-lambda.stop': async () => {
    const { standIn, settings } = await lambdaDesk()
    const input = await makeNow('aws-lambda.start', settings, durableFunction)
    const isSo = () => standIn.statuses().join() === 'STOPPED'
    return { standIn, settings, input, made: () => timesTold(standIn, '/stop'), isSo }
  },
  'awx.cancel': async () => {
    const { standIn, settings } = await awxDesk()
    const input = await makeNow('awx.launch', settings, { template: 7 })
    const isSo = () => standIn.statuses().join() === 'canceled'
    return { standIn, settings, input, made: () => timesTold(standIn, '/cancel/'), isSo }
  },
  'awx.launch': async () => {
    const { standIn, settings } = await awxDesk()
    return { standIn, settings, input: { template: 7 }, made: () => standIn.jobs().length }
  },
  'cortex-xsoar.createIncident': async () => {
    const standIn = await startCortexXsoar()
    const { url, keyId, lagSearch } = standIn
    const settings = { options: { url, keyId }, secrets: { apiKey: holding(standIn.apiKey) } }
    const made = () => standIn.incidents().length
    return { standIn, settings, input: { name: 'Malware on web-1' }, made, lagSearch }
  },
  'github.comment': async () => {
    const standIn = await startGitHub()
    const { number, comments } = standIn.openPullRequest({ title: 'Odd' })
    const settings = { options: { url: standIn.url }, secrets: { token: holding(standIn.token) } }
    const input = { repository: 'acme/shop', number, body: [paragraph('Seen')] }
    return { standIn, settings, input, made: () => comments.length }
  },
  'jenkins.start': async () => {
    // Those that are queued with the same parameters become one build, which would hide a second.
    const { standIn, settings } = await jenkinsDesk({ buildsLastMs: 60_000 })
    return { standIn, settings, input: { job: 'security/scan' }, made: () => standIn.builds().length }
  },
  'jenkins.stop': async () => {
    // It waits in the queue: a build that runs is told again until Jenkins has seen to it, which changes nothing.
    const { standIn, settings } = await jenkinsDesk()
    const input = await makeNow('jenkins.start', settings, { job: 'security/scan' })
    const isSo = () => standIn.queued() === 0 && standIn.builds().length === 0
    return { standIn, settings, input, made: () => timesTold(standIn, '/cancelItem'), isSo }
  },
  'roomba.clean': async () => {
    const { standIn, settings } = await roombaDesk()
    const made = () => standIn.commands.filter((command) => command === 'start').length
    return { standIn, settings, input: undefined, made, isSo: () => standIn.mission().phase === 'run' }
  },
  'roomba.dock': async () => {
    const { standIn, settings } = await roombaDesk()
    standIn.carryAway()
    const made = () => standIn.commands.filter((command) => command === 'dock').length
    return { standIn, settings, input: undefined, made, isSo: () => standIn.mission().phase === 'hmUsrDock' }
  },
  'rundeck.abort': async () => {
    const { standIn, settings } = await rundeckDesk()
    const input = await makeNow('rundeck.run', settings, { job: scanJob })
    const isSo = () => standIn.statuses().join() === 'aborted'
    return { standIn, settings, input, made: () => timesTold(standIn, '/abort'), isSo }
  },
  'rundeck.run': async () => {
    const { standIn, settings } = await rundeckDesk()
    return { standIn, settings, input: { job: scanJob }, made: () => standIn.executions().length }
  },
  'splunk-soar.openContainer': async () => {
    // It takes no second container with the same marker, so that its count alone would not show a second attempt.
    const { standIn, settings } = await splunkSoarDesk()
    return { standIn, settings, input: { name: 'Malware on web-1' }, made: () => standIn.containers().length }
  },
  'splunk-soar.runPlaybook': async () => {
    const { standIn, settings } = await splunkSoarDesk()
    await makeNow('splunk-soar.openContainer', settings, { name: 'Malware on web-1' })
    const input = { playbook: 'local/contain_host', container: 1 }
    const isSo = () => standIn.runs().some(({ playbook }) => playbook === 'contain_host')
    return { standIn, settings, input, made: () => standIn.runs().length, isSo, lagSearch: standIn.lagSearch }
  },
  'stackstorm.cancel': async () => {
    const { standIn, settings } = await stackStormDesk()
    const input = await makeNow('stackstorm.run', settings, { action: 'security.scan' })
    standIn.advance('running')
    const made = () => standIn.requests.filter(({ method }) => method === 'DELETE').length
    return { standIn, settings, input, made, isSo: () => standIn.statuses().join() === 'canceling' }
  },
  'stackstorm.run': async () => {
    const { standIn, settings } = await stackStormDesk()
    return { standIn, settings, input: { action: 'security.scan' }, made: () => standIn.executions().length }
  },
}

/** Every effect of a connector that is made at least once, with the reason that its connector's doc comment gives. */
export const everyRepeatedEffect: Readonly<Record<string, string>> = {
  'aws-lambda.invoke': "Lambda can't tell either of them from an earlier one, so in doubt they are made again",
  'aws-lambda.invokeAsync': "Lambda can't tell either of them from an earlier one, so in doubt they are made again",
  'rabbitmq.publish': "AMQP can't be asked what was published, so in doubt it is published again",
  'splunk-hec.sendEvent': 'The collector tells no two events apart, so one whose answer got lost is sent again',
  'tines.send': 'Tines takes the same event twice, so in doubt it is there twice',
}

/** The effect with this name, of a connector of its own. */
export function effectOf(name: string, { options, secrets }: ConnectorSettings): Effect<unknown, unknown> {
  const [integration = '', effect = ''] = name.split('.')
  const revived = Object.entries(secrets).map(([option, variable]) => [option, secret(variable)])
  const given = { ...options, ...Object.fromEntries(revived) } as never // each connector checks its own
  const connected = integrations[integration]?.connector(given).connect()
  const found = connected?.effects[effect]
  if (found === undefined) throw new Error(`there is no effect ${name}`)
  return found
}

/** Of an effect with a marker of its own. */
export function newCall(): EffectCall {
  return {
    signal: AbortSignal.timeout(20_000),
    marker: `adder-${randomBytes(12).toString('hex')}`,
    intendedAt: new Date().toISOString(),
  }
}

const durableFunction = { function: 'scan-host', qualifier: 'live', payload: { host: 'web-1' } }

async function lambdaDesk() {
  const standIn = await startAwsLambda()
  const { url, region } = standIn
  const secrets = {
    accessKeyId: holding(standIn.accessKeyId),
    secretAccessKey: holding(standIn.secretAccessKey),
  }
  return { standIn, settings: { options: { url, region }, secrets } }
}

async function awxDesk() {
  const standIn = await startAwx()
  return { standIn, settings: { options: { url: standIn.url }, secrets: { token: holding(standIn.token) } } }
}

async function jenkinsDesk(options: JenkinsStandInOptions = {}) {
  const standIn = await startJenkins(options)
  const { url, user } = standIn
  return { standIn, settings: { options: { url, user }, secrets: { token: holding(standIn.token) } } }
}

async function roombaDesk() {
  const standIn = await startRoomba()
  const { host, port, blid, fingerprint } = standIn
  const secrets = { password: holding(standIn.password) }
  return { standIn, settings: { options: { host, port, blid, fingerprint }, secrets } }
}

async function rundeckDesk() {
  const standIn = await startRundeck()
  return { standIn, settings: { options: { url: standIn.url }, secrets: { token: holding(standIn.token) } } }
}

async function splunkSoarDesk() {
  const standIn = await startSplunkSoar()
  return { standIn, settings: { options: { url: standIn.url }, secrets: { token: holding(standIn.token) } } }
}

async function stackStormDesk() {
  const standIn = await startStackStorm()
  return { standIn, settings: { options: { url: standIn.url }, secrets: { apiKey: holding(standIn.apiKey) } } }
}

/** What the effect is about has to be there before. */
function makeNow(name: string, settings: ConnectorSettings, input: unknown): Promise<unknown> {
  return effectOf(name, settings).make(input, newCall())
}

/** How often somebody asked for what changes a state, heeded or not. */
function timesTold({ requests }: HttpStandIn, end: string): number {
  return requests.filter(({ method, path }) => method === 'POST' && path.endsWith(end)).length
}

/** An environment variable that holds this for as long as the tests last, in processes that they start, too. */
function holding(value: string): string {
  const name = `TEST_SECRET_${randomUUID().replaceAll('-', '_').toUpperCase()}`
  process.env[name] = value
  return name
}
