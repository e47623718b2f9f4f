import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { secretOf } from '../../../test/support/secret-of.ts'
import { ConfigError } from '../../errors/config-error.ts'
import {
  ConnectorInputInvalid,
  ConnectorRateLimited,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { link, paragraph } from '../../tickets/document.ts'
import { connector } from './connector.ts'
import { markerOf } from './marker.ts'
import { type GitHubStandInOptions, startGitHub } from './stand-in.ts'

const repository = 'acme/shop'
const call = () => ({ signal: AbortSignal.timeout(5000) })
const effectCall = (marker = `adder-${'1'.repeat(24)}`) => ({
  ...call(),
  marker,
  intendedAt: new Date().toISOString(),
})

function connect(t: TestContext, url: string, token: string) {
  return connector({ token: secretOf(t, token), url }).connect()
}

async function github(t: TestContext, options: GitHubStandInOptions = {}) {
  const standIn = await startGitHub(options)
  t.after(() => standIn.close())
  return { standIn, ...connect(t, standIn.url, standIn.token) }
}

function files(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    filename: `src/${index}.ts`,
    status: 'modified' as const,
    additions: 2,
    deletions: 1,
  }))
}

describe('a pull request', () => {
  test('has a page for people in the stand-in, as text', async (t) => {
    const { standIn } = await github(t)
    const { number } = standIn.openPullRequest({ title: '<Pay> once', files: files(1) })
    standIn.commentAsPerson(number, 'Looks **good**')
    standIn.merge(number)

    const page = await fetch(`${standIn.url}/${repository}/pull/${number}`)
    const other = await fetch(`${standIn.url}/${repository}/pull/${number + 1}`)

    assert.match(page.headers.get('content-type') ?? '', /^text\/plain/)
    assert.match(await page.text(), /^acme\/shop#1: <Pay> once\n\nmerged, .*\nrobin-vega: Looks good$/s)
    assert.equal(other.status, 404)
  })

  test('is found as it is now', async (t) => {
    const { standIn, lookups } = await github(t)
    const { number } = standIn.openPullRequest({ title: 'Pay twice', files: files(2) })
    standIn.push(number, files(1))
    standIn.merge(number)

    const answer = await lookups.pullRequest({ repository, number }, call())

    assert.ok(answer.kind === 'found')
    const { head, ...rest } = answer.value
    assert.match(head.commit, /^[0-9a-f]{40}$/)
    assert.deepEqual(rest, {
      number,
      url: `${standIn.url}/acme/shop/pull/1`,
      title: 'Pay twice',
      body: '',
      author: 'robin-vega',
      state: 'closed',
      isDraft: false,
      isMerged: true,
      labels: [],
      base: 'main',
      commits: 2,
      additions: 6,
      deletions: 3,
      changedFiles: 3,
    })
  })

  test('is not found where there is none of its number, or an issue', async (t) => {
    const { standIn, lookups } = await github(t)
    const { number } = standIn.openAsPerson({ title: 'no pull request' })

    const answers = await Promise.all(
      [number, 99].map((each) => lookups.pullRequest({ repository, number: each }, call())),
    )

    assert.deepEqual(answers, [{ kind: 'not_found' }, { kind: 'not_found' }])
  })

  test('is a failure, and not "not found", in a repository that the token may not read', async (t) => {
    const { lookups } = await github(t)

    const asked = lookups.pullRequest({ repository: 'acme/secret', number: 1 }, call())

    await assert.rejects(asked, (error) => error instanceof ConnectorRefused && /may not read it/.test(error.message))
  })

  for (const [place, what] of [
    [{ repository: '../../user', number: 1 }, 'a path'],
    [{ repository: 'acme', number: 1 }, 'an owner alone'],
    [{ repository: 'acme/..', number: 1 }, 'two dots'],
    [{ repository: 'acme/shop', number: 0 }, 'zero'],
    [{ repository: 'acme/shop', number: Number.NaN }, 'no number'],
  ] as const)
    test(`is refused before anything is sent where it is named by ${what}`, async (t) => {
      const { standIn, lookups } = await github(t)

      await assert.rejects(lookups.pullRequest(place, call()), ConnectorInputInvalid)

      assert.equal(standIn.requests.length, 0)
    })

  for (const [count, listed, isComplete] of [
    [0, 0, true],
    [100, 100, true],
    [299, 299, true],
    [450, 300, false],
  ] as const)
    test(`of ${count} files tells ${listed}, and whether they are all`, async (t) => {
      const { standIn, lookups } = await github(t)
      const { number } = standIn.openPullRequest({ title: 'many', files: files(count) })

      const answer = await lookups.changedFiles({ repository, number }, call())

      assert.ok(answer.kind === 'found')
      assert.deepEqual([answer.value.files.length, answer.value.isComplete], [listed, isComplete])
      if (count > 0)
        assert.deepEqual(answer.value.files[0], { path: 'src/0.ts', status: 'modified', additions: 2, deletions: 1 })
    })
})

describe('a comment', () => {
  const body = [paragraph('Ticket ', link('https://acme.atlassian.net/browse/SEC-1', 'SEC-1'))]

  test('is written with its marker where nobody sees it, and is found by that', async (t) => {
    const { standIn, effects } = await github(t)
    const { number } = standIn.openPullRequest({ title: 'x' })
    const options = effectCall()

    const made = await effects.comment.make({ repository, number, body }, options)
    const found = await effects.comment.find?.({ repository, number, body }, options)
    const other = await effects.comment.find?.({ repository, number, body }, effectCall(`adder-${'2'.repeat(24)}`))

    const [comment] = standIn.issues()[0]?.comments ?? []
    assert.equal(
      comment?.body,
      `Ticket [SEC\\-1](<https://acme.atlassian.net/browse/SEC-1>)\n\n<!-- ${options.marker} -->`,
    )
    assert.deepEqual(found, { kind: 'found', value: made })
    assert.deepEqual(other, { kind: 'not_found' })
  })

  test('is found on a later page, and not by a marker that somebody quotes', async (t) => {
    const { standIn, effects } = await github(t)
    const { number } = standIn.openPullRequest({ title: 'x' })
    const options = effectCall()
    standIn.commentAsPerson(number, `I saw <!-- ${options.marker} --> in the source`)
    for (let count = 0; count < 120; count += 1) standIn.commentAsPerson(number, 'again')

    const before = await effects.comment.find?.({ repository, number, body }, options)
    const made = await effects.comment.make({ repository, number, body }, options)
    const after = await effects.comment.find?.({ repository, number, body }, options)

    assert.deepEqual([before, after], [{ kind: 'not_found' }, { kind: 'found', value: made }])
  })

  test('may have been written where the answer got lost, and is found then', async (t) => {
    const { standIn, effects } = await github(t)
    const { number } = standIn.openPullRequest({ title: 'x' })
    standIn.misbehave({ lostAnswers: 1 })
    const options = effectCall()

    const made = effects.comment.make({ repository, number, body }, options)

    await assert.rejects(made, (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened)
    assert.equal((await effects.comment.find?.({ repository, number, body }, options))?.kind, 'found')
  })

  test('is refused where there is no such pull request', async (t) => {
    const { effects } = await github(t)

    await assert.rejects(effects.comment.make({ repository, number: 7, body }, effectCall()), ConnectorRefused)
  })

  test('is about the page of the pull request', async (t) => {
    const { standIn, effects } = await github(t)

    const about = effects.comment.about?.({ repository, number: 3, body })

    assert.deepEqual(about, { key: 'acme/shop#3', url: `https://${new URL(standIn.url).host}/acme/shop/issues/3` })
  })

  test('ends in its marker only where Adder wrote it', () => {
    assert.equal(markerOf('Hello\n\n<!-- adder-0 -->'), undefined)
    assert.equal(markerOf(undefined), undefined)
  })
})

describe('a limit of GitHub', () => {
  test('on the requests of an hour is rate limited until the time that GitHub says, although it is a 403', async (t) => {
    const { standIn, lookups } = await github(t)
    const resetsAt = new Date('2030-01-01T00:00:00Z')
    standIn.limit({ kind: 'primary', resetsAt })

    const asked = lookups.pullRequest({ repository, number: 1 }, call())

    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof ConnectorRateLimited)
      assert.deepEqual(error.until, resetsAt)
      return true
    })
  })

  for (const [said, retryAfterSeconds, leastMs] of [
    ['until Retry-After has passed', 300, 300_000],
    ['for a minute where GitHub says no time', undefined, 60_000],
  ] as const)
    test(`on too much at once is rate limited ${said}`, async (t) => {
      const { standIn, effects } = await github(t)
      standIn.limit({ kind: 'secondary', ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
      const before = Date.now()

      const made = effects.comment.make({ repository, number: 1, body: [paragraph('x')] }, effectCall())

      await assert.rejects(made, (error) => {
        assert.ok(error instanceof ConnectorRateLimited)
        assert.ok((error.until?.getTime() ?? 0) >= before + leastMs)
        return true
      })
    })

  test('is rate limited by 429 too', async (t) => {
    const { standIn, lookups } = await github(t)
    standIn.misbehave({ rateLimited: 1 })

    await assert.rejects(lookups.pullRequest({ repository, number: 1 }, call()), ConnectorRateLimited)
  })
})

describe('the connector', () => {
  test('sends its token in the header alone, and shows it nowhere', async (t) => {
    const { standIn, probe } = await github(t, { token: 'github_pat_of_nobody' })
    const { probe: strangersProbe } = connect(t, standIn.url, 'github_pat_of_a_stranger')

    await probe(call())
    const error = await strangersProbe(call()).catch((thrown: unknown) => thrown)

    const [request] = standIn.requests
    assert.equal(request?.headers.authorization, 'Bearer github_pat_of_nobody')
    assert.deepEqual([request?.path, request?.query], ['/user', ''])
    assert.ok(error instanceof ConnectorRefused)
    assert.doesNotMatch(inspect(error), /github_pat/)
  })

  for (const url of ['http://github.acme.example/api/v3', 'github.acme.example', ''])
    test(`refuses the address ${JSON.stringify(url)}, to which a token may not be sent`, () => {
      assert.throws(() => connector({ token: secret('ADDER_TEST_GITHUB_UNUSED'), url }), ConfigError)
    })

  test('asks below the path of an Enterprise Server, whose pages are at its host', async (t) => {
    const { effects } = connect(t, 'https://ghe.acme.example/api/v3', 'x')
    const ofGitHub = connect(t, 'https://api.github.com', 'x')

    const place = { repository, number: 1, body: [] }

    assert.equal(effects.comment.about?.(place).url, 'https://ghe.acme.example/acme/shop/issues/1')
    assert.equal(ofGitHub.effects.comment.about?.(place).url, 'https://github.com/acme/shop/issues/1')
  })
})
