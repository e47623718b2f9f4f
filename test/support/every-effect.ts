import { randomUUID } from 'node:crypto'
import type { Connector, ConnectorDefinition } from '../../src/connectors/connector.ts'
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
import { type Secret, secret } from '../../src/secrets/secret.ts'
import type { StandIn } from '../../src/stand-ins/stand-in.ts'
import { paragraph } from '../../src/tickets/document.ts'

/** A stand-in on which an effect can be made. */
export interface EffectDesk {
  standIn: StandIn
  definition: ConnectorDefinition<Connector>
  /** What the effect takes there. */
  input: unknown
}

/**
 * Every effect of a connector that is made once by its marker, by `<integration>.<effect>`. Those of ticketings are in
 * `ticketing-contract.ts`, Ansible's in `ansible-contract.ts`.
 */
export const everyMarkedEffect: Readonly<Record<string, () => Promise<EffectDesk>>> = {
  'awx.launch': async () => {
    const standIn = await startAwx()
    const definition = awx.connector({ url: standIn.url, token: holding(standIn.token) })
    return { standIn, definition, input: { template: 7 } }
  },
  'cortex-xsoar.createIncident': async () => {
    const standIn = await startCortexXsoar()
    const { url, keyId } = standIn
    const definition = cortexXsoar.connector({ url, keyId, apiKey: holding(standIn.apiKey) })
    return { standIn, definition, input: { name: 'Malware on web-1' } }
  },
  'github.comment': async () => {
    const standIn = await startGitHub()
    const { number } = standIn.openPullRequest({ title: 'Odd' })
    const definition = github.connector({ url: standIn.url, token: holding(standIn.token) })
    return { standIn, definition, input: { repository: 'acme/shop', number, body: [paragraph('Seen')] } }
  },
  'jenkins.start': async () => {
    const standIn = await startJenkins()
    const definition = jenkins.connector({ url: standIn.url, user: 'adder', token: holding(standIn.token) })
    return { standIn, definition, input: { job: 'security/scan' } }
  },
  'rundeck.run': async () => {
    const standIn = await startRundeck()
    const definition = rundeck.connector({ url: standIn.url, token: holding(standIn.token) })
    return { standIn, definition, input: { job: scanJob } }
  },
  'splunk-soar.openContainer': async () => {
    const standIn = await startSplunkSoar()
    const definition = splunkSoar.connector({ url: standIn.url, token: holding(standIn.token) })
    return { standIn, definition, input: { name: 'Malware on web-1' } }
  },
  'stackstorm.run': async () => {
    const standIn = await startStackStorm()
    const definition = stackStorm.connector({ url: standIn.url, apiKey: holding(standIn.apiKey) })
    return { standIn, definition, input: { action: 'security.scan' } }
  },
}

/** A secret that holds this, for as long as the tests last. */
function holding(value: string): Secret {
  const name = `TEST_SECRET_${randomUUID().replaceAll('-', '_').toUpperCase()}`
  process.env[name] = value
  return secret(name)
}
