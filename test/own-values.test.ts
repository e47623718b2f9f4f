import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as z from 'zod'
import { type App, createApp } from '../src/app.ts'
import { automation } from '../src/automations/automation.ts'
import type { Config } from '../src/config/define-config.ts'
import type { Connector } from '../src/connectors/connector.ts'
import { found, type Outcome } from '../src/connectors/outcome.ts'
import { open } from '../src/endpoints/auth.ts'
import { endpoint } from '../src/endpoints/endpoint.ts'
import { string } from '../src/endpoints/fields.ts'
import { createLog } from '../src/endpoints/log.ts'
import * as splunk from '../src/integrations/splunk/index.ts'
import { observablesOf } from '../src/observables/observables.ts'
import { secret } from '../src/secrets/secret.ts'
import { until } from './support/until.ts'

const token = 'a-token-of-this-test-alone'
process.env.ADDER_TEST_OWN_HOOK = token

/** What an outside service, and a system of one's own, were asked about. */
const asked = { outside: [] as string[], inside: [] as string[] }

type Hosts = { host(value: string): Promise<Outcome<string>> }
type Systems = { outside: Hosts; inside: Hosts }

function system(name: keyof typeof asked): NonNullable<Config['connectors']>[string] {
  const connector: Connector = {
    lookups: {
      host: async (value: string) => {
        asked[name].push(value)
        return found(value)
      },
    },
    effects: {},
    isOutside: name === 'outside',
    probe: async () => undefined,
    close: async () => undefined,
  }
  return { integration: name, title: name, docs: 'https://docs.example', secrets: [], connect: () => connector }
}

const config: Config = {
  sources: [splunk.source({ token: secret('ADDER_TEST_OWN_HOOK') })],
  connectors: { outside: system('outside'), inside: system('inside') },
  own: { ranges: ['8.8.4.0/24'], domains: ['acme.com'] },
}

const askBoth = automation({
  name: 'ask-both',
  on: splunk.alert(),
  run: async (context) => {
    const { outside, inside } = context as unknown as Systems // registered by no configuration
    for (const { value } of observablesOf(context.event.result)) {
      await outside.host(value)
      await inside.host(value)
    }
  },
})

const reputation = endpoint({
  method: 'GET',
  path: '/reputation/:host',
  summary: 'Ask about a host',
  auth: open(),
  params: { host: string() },
  output: z.unknown(),
  run: ({ params, ...context }) => (context as unknown as Systems).outside.host(params.host), // registered by no configuration
})

describe('what the configuration says is one’s own', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-own-'))
  let app: App
  before(async () => {
    const project = { config, automations: [askBoth], endpoints: [reputation] }
    app = createApp({ project, dataFolder, log: createLog({ level: 'silent' }), version: '0.0.0' })
    await app.start()
  })
  after(async () => {
    await app.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  test('is not told to an outside service by a run, and to one’s own systems it is', async () => {
    const result = { src: '8.8.4.4', dest: '8.8.8.8', via: 'proxy.acme.com', to: 'evil.com', last: '9.9.9.9' }
    const payload = { sid: '1.1', search_name: 'Hosts', result }

    await app.server.inject({ method: 'POST', url: `/hooks/splunk/${token}`, payload })

    await until('the last was asked about', () => asked.inside.includes('evil.com') && asked.inside.length === 5)
    assert.deepEqual(asked.outside.toSorted(), ['8.8.8.8', '9.9.9.9', 'evil.com'])
    assert.deepEqual(asked.inside.toSorted(), ['8.8.4.4', '8.8.8.8', '9.9.9.9', 'evil.com', 'proxy.acme.com'])
  })

  test('is not told to an outside service by an endpoint', async () => {
    const ask = async (host: string) => (await app.server.inject({ url: `/reputation/${host}` })).json<unknown>()

    assert.deepEqual(await ask('evil.net'), { kind: 'found', value: 'evil.net' })
    const refused = await ask('Mail.Acme.com')
    assert.equal(z.object({ code: z.string() }).parse(refused).code, 'connector.own_value')
    assert.ok(!asked.outside.includes('Mail.Acme.com'))
  })
})
