import { randomUUID } from 'node:crypto'
import type { Connector, ConnectorDefinition } from '../../src/connectors/connector.ts'
import type { Effect } from '../../src/connectors/effect.ts'
import * as awx from '../../src/integrations/awx/index.ts'
import { startAwx } from '../../src/integrations/awx/stand-in.ts'
import * as cortexXsoar from '../../src/integrations/cortex-xsoar/index.ts'
import { startCortexXsoar } from '../../src/integrations/cortex-xsoar/stand-in.ts'
import * as github from '../../src/integrations/github/index.ts'
import { startGitHub } from '../../src/integrations/github/stand-in.ts'
import * as jenkins from '../../src/integrations/jenkins/index.ts'
import { startJenkins } from '../../src/integrations/jenkins/stand-in.ts'
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
  standIn: HttpStandIn
  /** What the connector is made with, so that another process can make it, too. */
  settings: ConnectorSettings
  /** What the effect takes there. */
  input: unknown
  /** How many times the stand-in has made it, for whomever. */
  made(): number
  /** Needed where the effect's search lags: how long it does from now on, in milliseconds. */
  lagSearch?(ms: number): void
}

/** As JSON can carry them. */
export interface ConnectorSettings {
  options: Readonly<Record<string, string>>
  /** The environment variables that hold the other options. */
  secrets: Readonly<Record<string, string>>
}

const integrations: Readonly<Record<string, { connector(options: object): ConnectorDefinition<Connector> }>> = {
  awx,
  'cortex-xsoar': cortexXsoar,
  github,
  jenkins,
  rundeck,
  'splunk-soar': splunkSoar,
  stackstorm: stackStorm,
}

/**
 * Every effect of a connector that is made once by its marker, by `<integration>.<effect>`. Those of ticketings are in
 * `ticketing-contract.ts`, Ansible's in `ansible-contract.ts`, Celery's in `celery-contract.ts`.
 */
export const everyMarkedEffect: Readonly<Record<string, () => Promise<EffectDesk>>> = {
  'awx.launch': async () => {
    const standIn = await startAwx()
    const settings = { options: { url: standIn.url }, secrets: { token: holding(standIn.token) } }
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
    const standIn = await startJenkins({ buildsLastMs: 60_000 })
    const settings = { options: { url: standIn.url, user: 'adder' }, secrets: { token: holding(standIn.token) } }
    return { standIn, settings, input: { job: 'security/scan' }, made: () => standIn.builds().length }
  },
  'rundeck.run': async () => {
    const standIn = await startRundeck()
    const settings = { options: { url: standIn.url }, secrets: { token: holding(standIn.token) } }
    return { standIn, settings, input: { job: scanJob }, made: () => standIn.executions().length }
  },
  'splunk-soar.openContainer': async () => {
    // It takes no second container with the same marker, so that its count alone would not show a second attempt.
    const standIn = await startSplunkSoar()
    const settings = { options: { url: standIn.url }, secrets: { token: holding(standIn.token) } }
    return { standIn, settings, input: { name: 'Malware on web-1' }, made: () => standIn.containers().length }
  },
  'stackstorm.run': async () => {
    const standIn = await startStackStorm()
    const settings = { options: { url: standIn.url }, secrets: { apiKey: holding(standIn.apiKey) } }
    return { standIn, settings, input: { action: 'security.scan' }, made: () => standIn.executions().length }
  },
}

/** The effect with this name, of a connector of its own. */
export function effectOf(name: string, { options, secrets }: ConnectorSettings): Effect<unknown, unknown> {
  const [integration = '', effect = ''] = name.split('.')
  const revived = Object.entries(secrets).map(([option, variable]) => [option, secret(variable)])
  const connected = integrations[integration]?.connector({ ...options, ...Object.fromEntries(revived) }).connect()
  const found = connected?.effects[effect]
  if (found === undefined) throw new Error(`there is no effect ${name}`)
  return found
}

/** An environment variable that holds this for as long as the tests last, in processes that they start, too. */
function holding(value: string): string {
  const name = `TEST_SECRET_${randomUUID().replaceAll('-', '_').toUpperCase()}`
  process.env[name] = value
  return name
}
