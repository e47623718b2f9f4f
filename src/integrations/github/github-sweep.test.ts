import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { until } from '../../../test/support/until.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import type { Listed } from '../../intake/sweep.ts'
import { ListedIsGone } from '../../intake/sweep-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { type GitHubSweepOptions, gitHubSweep } from './github-sweep.ts'
import type { Webhook } from './schema.ts'
import { source } from './source.ts'
import { startGitHub, type WebhookRegistration } from './stand-in.ts'

const token = secret('ADDER_TEST_GITHUB_SWEEP')
before(() => {
  process.env.ADDER_TEST_GITHUB_SWEEP = 'stand-in-token'
})
after(() => delete process.env.ADDER_TEST_GITHUB_SWEEP)

const call = () => ({ signal: AbortSignal.timeout(10_000) })
const longAgo = new Date(0)

/** A GitHub whose webhook gets these answers from now on, and its sweep. */
async function gitHubAndSweep(t: TestContext, webhook: Partial<WebhookRegistration> = {}) {
  let status = 202
  const bodies: unknown[] = []
  const receiver = await httpStandIn({
    routes: {
      'POST /': ({ json }) => {
        bodies.push(json)
        return { status }
      },
    },
  })
  const github = await startGitHub()
  t.after(() => Promise.all([github.close(), receiver.close()]))
  const { hookId } = github.webhooks.register({ url: `${receiver.url}/`, ...webhook })
  const sweep = gitHubSweep({ of: 'acme/shop', hook: hookId, token, url: github.url }).connect()
  const told = (count: number) => until('GitHub has told', () => github.webhooks.deliveries.length >= count)
  await told(1)

  /** Has something happen of which the webhook is answered so. */
  async function answered(as: number, happen: () => void): Promise<void> {
    const before = github.webhooks.deliveries.length
    status = as
    happen()
    await told(before + 1)
  }
  return { github, sweep, receiver, answered, bodies }
}

async function read({ read }: Listed<Webhook>): Promise<Webhook[]> {
  const all: Webhook[] = []
  for await (const part of read(call)) all.push(...part)
  return all
}

const { events, schema, withHeaders } = source({ secret: token })

describe("the sweep of GitHub's deliveries", () => {
  test('tells of what did not arrive as its webhook does', async (t) => {
    const { github, sweep, answered, bodies } = await gitHubAndSweep(t)
    await answered(503, () => github.openPullRequest({ title: 'Lost' }))

    const [listed, ...more] = await sweep.list(longAgo, call)

    const [payload] = await read(listed ?? assert.fail())
    const sent = schema.parse(withHeaders?.(bodies.at(-1), { 'x-github-event': 'pull_request' }))
    assert.deepEqual(more, [])
    assert.equal(listed?.id, github.webhooks.deliveries.at(-1)?.guid)
    assert.deepEqual(events(payload ?? assert.fail(), {}), events(sent, {}))
  })

  test('lists what got no answer, or one by which it was not taken in, and nothing that Adder has', async (t) => {
    const { github, sweep, receiver, answered } = await gitHubAndSweep(t)
    for (const status of [202, 400, 401, 415, 422, 500, 503])
      await answered(status, () => github.openAsPerson({ title: String(status) }))
    receiver.misbehave({ down: true })
    await answered(0, () => github.openAsPerson({ title: 'down' }))

    const listed = await sweep.list(longAgo, call)

    const titles = await Promise.all(
      listed.map(async (each) => (await read(each)).map((payload) => 'issue' in payload && payload.issue.title)),
    )
    assert.deepEqual(titles.flat().toSorted(), ['401', '500', '503', 'down'])
  })

  test('leaves out what somebody has sent again since, and what starts nothing', async (t) => {
    const { github, sweep, answered } = await gitHubAndSweep(t)
    await answered(500, () => github.openAsPerson({ title: 'sent again' }))
    await answered(202, () => void github.webhooks.redeliver(github.webhooks.deliveries.at(-1)?.id ?? 0))
    const { number } = github.openAsPerson({ title: 'x' })
    await until('it is told', () => github.webhooks.deliveries.length === 4)
    const { id } = github.commentAsPerson(number, 'x')
    await until('it is told', () => github.webhooks.deliveries.length === 5)
    await answered(500, () => github.deleteCommentAsPerson(number, id))

    assert.deepEqual(await sweep.list(longAgo, call), [])
  })

  test('asks by pages, never where a link leads, and no further back than it was asked to', async (t) => {
    const { github, sweep, answered } = await gitHubAndSweep(t)
    await answered(500, () => github.openAsPerson({ title: 'first' }))
    for (let count = 0; count < 230; count += 1) github.openAsPerson({ title: 'more' })
    await until('all are told', () => github.webhooks.deliveries.length === 232)

    const all = await sweep.list(longAgo, call)
    const requests = github.requests.length
    const none = await sweep.list(new Date(Date.now() + 60_000), call)

    assert.deepEqual([all.length, none.length], [231, 0])
    assert.deepEqual([requests, github.requests.length], [3, 4])
  })

  test('says so where GitHub has the content no more', async (t) => {
    const { github, sweep, answered } = await gitHubAndSweep(t)
    await answered(500, () => github.openAsPerson({ title: 'x' }))
    github.webhooks.forgetPayloads()

    const [listed] = await sweep.list(longAgo, call)

    await assert.rejects(read(listed ?? assert.fail()), (error) => {
      assert.ok(error instanceof ListedIsGone)
      assert.deepEqual(error.known, { event: 'issues', action: 'opened' })
      return true
    })
  })

  test("tells the time by GitHub's clock", async (t) => {
    const { sweep } = await gitHubAndSweep(t)

    assert.ok(Math.abs((await sweep.now(call)).getTime() - Date.now()) < 60_000)
  })

  for (const [webhook, fault] of [
    [{}, undefined],
    [{ events: ['push', 'issues'] }, undefined],
    [{ isActive: false }, /make it active/],
    [{ contentType: 'form' }, /application\/json/],
    [{ events: ['push'] }, /for none of/],
  ] as const)
    test(`is found ${fault === undefined ? 'right' : 'wrong'} by its probe with a webhook ${JSON.stringify(webhook)}`, async (t) => {
      const { github, sweep } = await gitHubAndSweep(t)
      const { hookId } = github.webhooks.register({ url: 'http://127.0.0.1:9/', ...webhook })
      const probed = gitHubSweep({ of: 'acme/shop', hook: hookId, token, url: github.url }).connect()

      const faults = await probed.probe(call)

      assert.equal(faults.length, fault === undefined ? 0 : 1)
      if (fault !== undefined) assert.match(faults[0] ?? '', fault)
      assert.deepEqual(await sweep.probe(call), [])
    })

  test('says what is wrong where there is no such webhook for its token', async (t) => {
    const { github } = await gitHubAndSweep(t)
    const sweep = gitHubSweep({ of: 'acme/shop', hook: 99, token, url: github.url }).connect()

    await assert.rejects(
      sweep.list(longAgo, call),
      (error) => error instanceof ConnectorRefused && error.status === 404,
    )
  })

  test('is of an organization where it is named alone', async (t) => {
    const server = await httpStandIn({ routes: { 'GET /orgs/acme/hooks/7/deliveries': () => ({ json: [] }) } })
    t.after(() => server.close())

    const sweep = gitHubSweep({ of: 'acme', hook: 7, token, url: server.url }).connect()

    assert.deepEqual(await sweep.list(longAgo, call), [])
  })

  const good = { of: 'acme/shop', hook: 1, token }
  const wrong: [string, Partial<GitHubSweepOptions>, string][] = [
    ['the clear to another machine', { url: 'http://ghe.acme.example/api/v3' }, 'url'],
    ['a path for a repository', { of: 'acme/../x' }, 'of'],
    ['no webhook', { hook: 0 }, 'hook'],
    ['no rest', { every: '0m' }, 'every'],
  ]
  for (const [what, options, name] of wrong) {
    test(`is refused with ${what}`, () => {
      assert.throws(
        () => gitHubSweep({ ...good, ...options }),
        (error) => error instanceof ConfigError && error.faults[0]?.at === `sources.github.sweep.${name}`,
      )
    })
  }
})
