import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { until } from '../../../test/support/until.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorAnswerInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import type { Listed, SweepDefinition } from '../../intake/sweep.ts'
import { secret } from '../../secrets/secret.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { Webhook } from './schema.ts'
import { type JiraSweepOptions, source } from './source.ts'
import { startJira } from './stand-in.ts'

const token = secret('ADDER_TEST_JIRA_SWEEP')
before(() => {
  process.env.ADDER_TEST_JIRA_SWEEP = 'stand-in-token'
})
after(() => delete process.env.ADDER_TEST_JIRA_SWEEP)

const call = () => ({ signal: AbortSignal.timeout(10_000) })
const email = 'adder@acme.example'

function sweepOf(sweep: JiraSweepOptions): SweepDefinition<Webhook> {
  return source({ secret: token, sweep }).sweep ?? assert.fail()
}

async function jiraAndSweep(t: TestContext, { jql = 'project = SEC', ageMinutes = 0 } = {}) {
  // What is created now has this age for whoever asks by the real clock.
  const now = () => Date.now() - (isPast ? ageMinutes * 60_000 : 0)
  let isPast = true
  const jira = await startJira({ now, projects: ['SEC', 'OPS'] })
  t.after(() => jira.close())
  const sweep = sweepOf({ url: jira.url, email, token, jql }).connect()
  return { jira, sweep, present: () => (isPast = false) }
}

async function read({ read }: Listed<Webhook>): Promise<Webhook[]> {
  const all: Webhook[] = []
  for await (const page of read(call)) all.push(...page)
  return all
}

const { events } = source({ secret: token })

describe("the sweep of Jira's tickets", () => {
  test('tells of a ticket as its webhook does', async (t) => {
    const { jira, sweep } = await jiraAndSweep(t)
    const bodies: unknown[] = []
    const receiver = await httpStandIn({
      routes: {
        'POST /': ({ json }) => {
          bodies.push(json)
          return { status: 202 }
        },
      },
    })
    t.after(() => receiver.close())
    jira.webhooks.register({ url: `${receiver.url}/`, events: ['jira:issue_created'] })
    jira.createAsPerson({ summary: 'A ticket', description: 'of *user* mlisa', labels: ['mock-scan'] })
    const body = await until('the webhook has come', () => bodies[0])

    const [listed, ...more] = await sweep.list(new Date(Date.now() - 60_000), call)

    const [payload] = await read(listed ?? assert.fail())
    assert.deepEqual(more, [])
    assert.deepEqual(events(payload ?? assert.fail(), {}), events(Webhook.parse(body), {}))
  })

  test('lists what its filter lets through, by pages', async (t) => {
    const { jira, sweep } = await jiraAndSweep(t, { jql: 'project = SEC AND labels = wanted' })
    for (let index = 0; index < 205; index += 1) jira.createAsPerson({ summary: `ticket ${index}`, labels: ['wanted'] })
    jira.createAsPerson({ summary: 'another' })

    const listed = await sweep.list(new Date(Date.now() - 60_000), call)

    assert.deepEqual(
      listed.map(({ id }) => id),
      jira
        .issues()
        .slice(0, 205)
        .map(({ id }) => id),
    )
  })

  test('does not ask for what is older', async (t) => {
    const { jira, sweep, present } = await jiraAndSweep(t, { ageMinutes: 90 })
    jira.createAsPerson({ summary: 'old' })
    present()
    jira.createAsPerson({ summary: 'new' })

    const [listed] = await sweep.list(new Date(Date.now() - 60 * 60_000), call)
    const both = await sweep.list(new Date(Date.now() - 120 * 60_000), call)

    assert.deepEqual([listed?.id, both.length], [jira.issues()[1]?.id, 2])
  })

  test('reads the others where one is not as documented', async (t) => {
    const created = '2026-11-25T06:00:00.000+0000'
    const standIn = await httpStandIn({
      routes: {
        'GET /rest/api/3/myself': () => ({ json: {} }),
        'POST /rest/api/2/search/jql': () => ({ json: { issues: [{ id: '1', fields: { created } }], isLast: true } }),
      },
    })
    t.after(() => standIn.close())
    const sweep = sweepOf({ url: standIn.url, email, token, jql: 'project = SEC' }).connect()

    const [listed] = await sweep.list(new Date(0), call)

    assert.equal(listed?.at.toISOString(), '2026-11-25T06:00:00.000Z')
    await assert.rejects(read(listed ?? assert.fail()), ConnectorAnswerInvalid)
  })

  test('says what is wrong when Jira refuses the token or the filter, or is away', async (t) => {
    const { jira, sweep } = await jiraAndSweep(t, { jql: 'nonsense = 1' })
    const list = () => sweep.list(new Date(), call)

    await assert.rejects(
      list(),
      (error) => error instanceof ConnectorRefused && /'nonsense' does not/.test(error.message),
    )
    process.env.ADDER_TEST_JIRA_SWEEP = 'another'
    await assert.rejects(list(), (error) => error instanceof ConnectorRefused && error.status === 401)
    process.env.ADDER_TEST_JIRA_SWEEP = 'stand-in-token'
    jira.misbehave({ down: true })
    await assert.rejects(list(), ConnectorUnavailable)
  })

  const good = { url: 'https://acme.atlassian.net', email, token, jql: 'project = SEC' }
  const wrong: [string, Partial<JiraSweepOptions>, string][] = [
    ['the clear to another machine', { url: 'http://acme.atlassian.net' }, 'url'],
    ['no filter', { jql: ' ' }, 'jql'],
    ['a filter that sorts', { jql: 'project = SEC order by created' }, 'jql'],
    ['no rest', { every: '0m' }, 'every'],
  ]
  for (const [what, options, name] of wrong) {
    test(`is refused with ${what}`, () => {
      assert.throws(
        () => sweepOf({ ...good, ...options }),
        (error) => error instanceof ConfigError && error.faults[0]?.at === `sources.jira.sweep.${name}`,
      )
    })
  }
})
