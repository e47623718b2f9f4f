import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as z from 'zod'
import { type Automation, automation } from '../automations/automation.ts'
import { enrichment } from '../automations/enrichment.ts'
import { ticketClosed, ticketCreated } from '../automations/ticket-triggers.ts'
import type { ConnectorDefinition } from '../connectors/connector.ts'
import { notFound } from '../connectors/outcome.ts'
import type { SourceDefinition } from '../intake/source.ts'
import { type Secret, type Secrets, secret } from '../secrets/secret.ts'
import type { Config } from './define-config.ts'
import { projectFaults } from './project-faults.ts'

before(() => {
  process.env.ADDER_TEST_FAULTS_SET = 'a secret that is set'
})
after(() => {
  delete process.env.ADDER_TEST_FAULTS_SET
  delete process.env.ADDER_TEST_FAULTS_URL
})

const set = secret('ADDER_TEST_FAULTS_SET')
const unset = secret('ADDER_TEST_FAULTS_UNSET')

function source(name: string, secrets: Secrets = set, more: Partial<SourceDefinition> = {}): SourceDefinition {
  return {
    name,
    integration: 'test',
    docs: 'https://vendor.example',
    maxBytes: 1000,
    authentication: { kind: 'url-token', secrets },
    schema: z.unknown(),
    deliveryId: () => undefined,
    events: () => [],
    ...more,
  }
}

/** A source whose signature has these options, on purpose of any type. */
function signedSource(options: object, secrets: Secrets = set): SourceDefinition {
  const authentication = { kind: 'signature', header: 'x-signature', prefix: '', secrets, ...options }
  return source('a', secrets, { authentication: authentication as SourceDefinition['authentication'] })
}

/** A source that reads a queue with these options, on purpose of any type. */
function queueSource(options: object, more: Partial<SourceDefinition> = {}): SourceDefinition {
  const authentication = { kind: 'queue', secrets: set, where: 'alerts at mq', connect: () => undefined, ...options }
  return source('a', set, { authentication: authentication as SourceDefinition['authentication'], ...more })
}

function connector(secrets = [set]): ConnectorDefinition {
  const connect = () => ({ lookups: {}, effects: {}, probe: async () => undefined, close: async () => undefined })
  return { integration: 'test', docs: 'https://vendor.example', title: 'Test', secrets, connect }
}

function faults(config: unknown, automations: unknown[] = []): string[] {
  const project = { config: config as Config, automations: automations as Automation[], endpoints: [] } // on purpose
  return projectFaults(project).map(({ at, problem }) => `${at}: ${problem}`)
}

/** A secret that holds this. */
function urlSecret(value: string): Secret {
  process.env.ADDER_TEST_FAULTS_URL = value
  return secret('ADDER_TEST_FAULTS_URL')
}

test('a sound configuration has no faults', () => {
  const config: Config = {
    sources: [source('alarms', [set, set]), source('alarms-2')],
    connectors: { lamp: connector() },
    tokens: [{ name: 'soc', secret: set, scopes: ['lookups:read'] }],
    server: { host: '0.0.0.0', port: 0, trustedProxies: ['10.0.0.0/8', '::1', 'fd00::/8', 'loopback'] },
    redact: ['payment-card', { name: 'employee', pattern: /E-\d+/ }],
    retentionDays: 2,
    own: { ranges: ['203.0.113.0/24', '2001:db8::1'], domains: ['acme.com', 'bücher.ch', 'plant'] },
    history: { url: urlSecret('postgres://adder:p%40ss@db.example:5432/adder?sslmode=verify-full') },
    effects: { searchForSeconds: 0, whenUnknown: 'make again' },
    before: [() => undefined, { name: 'hours', before: () => undefined }],
    after: [(body) => body, { name: 'mask', after: (body) => body }],
  }

  assert.deepEqual(faults(config), [])
})

test('every secret that is not set is named, with what needs it', () => {
  const config = {
    sources: [source('alarms', [set, unset])],
    connectors: { lamp: connector([unset]) },
    tokens: [{ name: 'soc', secret: unset, scopes: [] }],
  }

  assert.deepEqual(faults(config), [
    'source "alarms": the environment variable ADDER_TEST_FAULTS_UNSET is not set, or is empty',
    'connector "lamp": the environment variable ADDER_TEST_FAULTS_UNSET is not set, or is empty',
    'token "soc": the environment variable ADDER_TEST_FAULTS_UNSET is not set, or is empty',
  ])
})

test('a secret that has a line break of its file is named, and not shown; a key in PEM has one', () => {
  process.env.ADDER_TEST_FAULTS_LINE = 'hunter2\n'
  const line = secret('ADDER_TEST_FAULTS_LINE')

  assert.deepEqual(faults({ connectors: { lamp: connector([line]) } }), [
    'connector "lamp": the environment variable ADDER_TEST_FAULTS_LINE begins or ends with a line break or a tab, as the text of a file does; take it away',
  ])
  process.env.ADDER_TEST_FAULTS_LINE = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n'
  assert.deepEqual(faults({ connectors: { lamp: connector([line]) } }), [])
  delete process.env.ADDER_TEST_FAULTS_LINE
})

test('a queue is a source, and its account’s password is named where it is not set', () => {
  assert.deepEqual(faults({ sources: [queueSource({})] }), [])
  assert.deepEqual(faults({ sources: [queueSource({ secrets: unset })] }), [
    'source "a": the environment variable ADDER_TEST_FAULTS_UNSET is not set, or is empty',
  ])
})

test('a key in base64 is one, and the fault does not show it', () => {
  process.env.ADDER_TEST_FAULTS_KEY = 'whsec_short'
  const key = secret('ADDER_TEST_FAULTS_KEY')

  assert.deepEqual(faults({ sources: [signedSource({ secretEncoding: 'base64' }, key)] }), [
    'source "a": the environment variable ADDER_TEST_FAULTS_KEY must hold 24 bytes or more in base64, with or without "whsec_" before it',
  ])
  process.env.ADDER_TEST_FAULTS_KEY = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  assert.deepEqual(faults({ sources: [signedSource({ secretEncoding: 'base64' }, key)] }), [])
})

describe('the names of a configuration', () => {
  test('of sources are fit for an address, and each is of one source', () => {
    const named = faults({
      sources: ['a/b', '-a', '1a', 'A', '', 'x'.repeat(64), 'ok', 'ok'].map((name) => source(name)),
    })

    assert.deepEqual(
      named.map((fault) => fault.slice(0, 'config.sources[0]'.length)),
      [0, 1, 2, 3, 4, 5, 7].map((index) => `config.sources[${index}]`),
    )
    assert.equal(named.at(-1), 'config.sources[7].name: "ok" is taken by another source; give one of them another name')
  })

  test('of connectors are names in a program, and not those of a run’s own tools', () => {
    const connectors = { lamp: connector(), 'my-lamp': connector(), tickets: connector(), Lamp: connector() }

    assert.deepEqual(faults({ connectors }), [
      'config.connectors.my-lamp: the name must be letters and digits, beginning with a small letter',
      'config.connectors.tickets: a run has something else by that name',
      'config.connectors.Lamp: the name must be letters and digits, beginning with a small letter',
    ])
  })
})

describe('a configuration of the wrong types', () => {
  const misshapen: [string, unknown, string[]][] = [
    ['that is no object', 5, ['config: must be what defineConfig(…) gives']],
    ['with a misspelt setting', { conectors: {} }, ['config.conectors: there is no such setting']],
    ['with sources that are no list', { sources: source('a') }, ['config.sources: must be a list']],
    [
      'with a source that was not made',
      { sources: [() => source('a')] },
      ['config.sources[0]: must be what the source(…) of an integration gives, such as splunk.source({ token })'],
    ],
    [
      'with a secret in the clear',
      { sources: [source('a', 'hunter2' as unknown as Secrets)] },
      ["config.sources[0]: its secrets must be written as secret('NAME'), the name of an environment variable"],
    ],
    [
      'with a source without a secret',
      { sources: [source('a', [])] },
      ['config.sources[0]: it has no secret, so it could authenticate nobody'],
    ],
    [
      'with a queue that nobody can connect to',
      { sources: [queueSource({ where: 1, connect: 'amqp://mq' })] },
      [
        'config.sources[0]: its authentication.where: must be a string',
        'config.sources[0]: its authentication.connect: must be a function',
      ],
    ],
    [
      'with a queue that somebody is to send to',
      { sources: [queueSource({}, { from: ['203.0.113.0/24'] })] },
      ['config.sources[0]: it reads a queue, and nobody sends to it: "from" and "sweep" mean nothing there'],
    ],
    [
      'with a source from nowhere',
      { sources: [[], ['proxy.example'], '10.0.0.0/8', ['10.0.0.0/33']].map((from) => ({ ...source('a'), from })) },
      [0, 1, 2, 3].map(
        (i) => `config.sources[${i}]: its "from" must be a list of addresses and networks, such as 203.0.113.0/24`,
      ),
    ],
    [
      'with a signature of the wrong types',
      { sources: [signedSource({ header: 'a b', prefix: undefined, encoding: 'base32', timestamp: 'x-timestamp' })] },
      [
        'config.sources[0]: its authentication.header: must be a header',
        "config.sources[0]: its authentication.prefix: must be a string, '' where nothing stands before the signature",
        "config.sources[0]: its authentication.encoding: must be 'hex' or 'base64'",
        'config.sources[0]: its authentication.timestamp: must be { header, toleranceSeconds }',
      ],
    ],
    [
      'with a signature that has a misspelt setting',
      { sources: [signedSource({ sigend: '{body}' })] },
      ['config.sources[0]: its authentication: Unrecognized key: "sigend"'],
    ],
    [
      'with a signature that does not cover the body, or what a header says',
      { sources: [signedSource({ signed: 'v0' }), signedSource({ timestamp: { header: 'x-timestamp' } })] },
      [
        'config.sources[0]: signed must have {body} once',
        'config.sources[1]: signed must have {timestamp} where timestamp names its header, and only there',
      ],
    ],
    [
      'with a connector that was not made',
      { connectors: { lamp: {} } },
      [
        'config.connectors.lamp: must be what the connector(…) of an integration gives, such as virusTotal.connector({ apiKey })',
      ],
    ],
    [
      'with a token in the clear',
      { tokens: [{ name: 'soc', secret: 'hunter2', scopes: 'all' }] },
      [
        "config.tokens[0].secret: must be written as secret('NAME'), the name of an environment variable",
        'config.tokens[0].scopes: must be a list of strings',
      ],
    ],
    [
      'with numbers out of bounds',
      { server: { port: 70_000 }, retentionDays: 1, effects: { searchForSeconds: -1 } },
      [
        'config.server.port: must be a port, 0 to 65535',
        'config.retentionDays: must be 2 to 3650 days',
        'config.effects.searchForSeconds: must be a number of seconds, at least 0',
      ],
    ],
    [
      'with networks that are none',
      { server: { trustedProxies: ['proxy.example', '10.0.0.0/33'] } },
      [0, 1].map((i) => `config.server.trustedProxies[${i}]: must be an address or a network, such as 10.0.0.0/8`),
    ],
    [
      'with ranges and domains of its own that are none',
      { own: { ranges: ['loopback', '10.0.0.0/8/8'], domains: ['*.acme.com', 'https://acme.com', ''], hosts: [] } },
      [
        ...[0, 1].map((i) => `config.own.ranges[${i}]: must be an address or a network, such as 203.0.113.0/24`),
        ...[0, 1, 2].map((i) => `config.own.domains[${i}]: must be a domain, such as acme.com`),
        'config.own.hosts: there is no such setting',
      ],
    ],
  ]
  for (const [what, config, expected] of misshapen) {
    test(`${what} is told so`, () => {
      assert.deepEqual(faults(config), expected)
    })
  }

  test('never has a value repeated', () => {
    const text = faults({ tokens: [{ name: 'soc', secret: 'hunter2' }], server: { port: 'hunter2' } }).join()

    assert.ok(!text.includes('hunter2'))
  })
})

describe('an automation', () => {
  const run = async () => undefined
  const who = enrichment({ name: 'who', title: 'People', of: ['user'], ask: async () => notFound(), tell: () => '' })
  const wrong: [string, unknown, string[]][] = [
    [
      'with neither `run` nor `enrich`',
      { type: 'automation', name: 'a', on: ticketCreated() },
      ['it has neither `run` nor `enrich`'],
    ],
    [
      'on something that is no trigger',
      { type: 'automation', name: 'a', on: ticketCreated, run },
      ['`on` is not a trigger, such as ticketCreated()'],
    ],
    ['on nothing', { type: 'automation', name: 'a', run }, ['`on` is not a trigger, such as ticketCreated()']],
    [
      'with a `run` that can’t run',
      { type: 'automation', name: 'a', on: ticketCreated(), run: 5 },
      ['`run` is not a function'],
    ],
    [
      'that tells in a way that there is not',
      { type: 'automation', name: 'a', on: ticketCreated(), enrich: [who], tell: 'two comments' },
      [
        "`tell` is neither 'a comment each' nor 'one comment'",
        'it enriches tickets, and the configuration has no ticketing',
      ],
    ],
    [
      'that tells answers and asks nobody',
      { type: 'automation', name: 'a', on: ticketCreated(), run, tell: 'one comment' },
      ['`tell` goes with `enrich` only'],
    ],
    [
      'that enriches without ticketing',
      automation({ name: 'a', on: ticketCreated(), enrich: [who] }),
      ['it enriches tickets, and the configuration has no ticketing'],
    ],
  ]
  for (const [what, each, problems] of wrong) {
    test(`${what} is a fault`, () => {
      assert.deepEqual(
        faults({}, [each]),
        problems.map((problem) => `automation "a": ${problem}`),
      )
    })
  }

  test('enriches new tickets only, and by no two enrichments of one name', () => {
    const ticketing = connector()
    const onClosed = { type: 'automation', name: 'a', on: ticketClosed(), enrich: [who] }
    const twice = automation({ name: 'b', on: ticketCreated(), enrich: [who, { ...who, title: 'Others' }] })
    const notMade = { type: 'automation', name: 'c', on: ticketCreated(), enrich: [{ name: 'who' }] }

    assert.deepEqual(faults({ ticketing }, [onClosed, twice, notMade]), [
      'automation "a": `enrich` goes with ticketCreated() only',
      'automation "b": two of its enrichments are called "who"',
      'automation "c": `enrich` is not a list of what enrichment(…) gives',
    ])
  })

  test('has a name of its own', () => {
    const named = (name: string) => automation({ name, on: ticketCreated(), run })

    assert.deepEqual(faults({}, [named('a'), named('b'), named('a')]), [
      'automation "a": another automation has the same name',
    ])
  })
})

describe('a heartbeat', () => {
  test('needs an address, in a secret that is set, and the fault does not show it', () => {
    assert.deepEqual(faults({ heartbeat: { url: unset } }), [
      'heartbeat: the environment variable ADDER_TEST_FAULTS_UNSET is not set, or is empty',
    ])
    assert.deepEqual(faults({ heartbeat: { url: urlSecret('ftp://monitor.example/s3cret') } }), [
      'config.heartbeat.url: the environment variable ADDER_TEST_FAULTS_URL must hold an address, https://…',
    ])
    assert.deepEqual(faults({ heartbeat: { url: urlSecret('https://monitor.example/s3cret') } }), [])
  })

  test('comes every ten seconds at most', () => {
    assert.deepEqual(faults({ heartbeat: { url: urlSecret('https://monitor.example/s3cret'), everySeconds: 1 } }), [
      'config.heartbeat.everySeconds: must be a number of seconds, 10 to 86400',
    ])
  })
})

describe('where records go', () => {
  test('is what an integration gives for records, and no connector', () => {
    const expected =
      'config.records: must be what the records(…) of an integration gives, such as splunkHec.records({ url, token })'

    assert.deepEqual(faults({ records: connector() }), [expected])
    assert.deepEqual(faults({ records: 'https://splunk.example:8088' }), [expected])
  })

  test('needs secrets that are set', () => {
    assert.deepEqual(faults({ records: { ...connector([unset]), type: 'records' } }), [
      'records: the environment variable ADDER_TEST_FAULTS_UNSET is not set, or is empty',
    ])
    assert.deepEqual(faults({ records: { ...connector(), type: 'records' } }), [])
  })
})

describe('a history that is elsewhere', () => {
  const cases = ['mysql://adder:s3cret@db/adder', 'postgres://adder:s3cret@db', 'adder:s3cret', 'postgres://a:%zz@db/x']
  for (const url of cases) {
    test(`has no URL of PostgreSQL in ${JSON.stringify(url)}, and the fault does not show it`, () => {
      const found = faults({ history: { url: urlSecret(url) } })

      assert.deepEqual(found, [
        'config.history.url: the environment variable ADDER_TEST_FAULTS_URL must hold postgres://user:password@host:5432/database',
      ])
    })
  }

  test('needs a secret, and one that is set', () => {
    assert.deepEqual(faults({ history: { url: unset } }), [
      'history: the environment variable ADDER_TEST_FAULTS_UNSET is not set, or is empty',
    ])
    assert.deepEqual(faults({ history: { url: 'postgres://adder:s3cret@db/adder' } }), [
      "config.history.url: must be written as secret('NAME'), the name of an environment variable",
    ])
    assert.deepEqual(faults({ history: 'postgres' }), [
      "config.history: must be an object: { url: secret('HISTORY_URL') }",
    ])
  })
})
