import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { startGitHub } from '../src/integrations/github/stand-in.ts'
import { adfText } from '../src/integrations/jira/adf-text.ts'
import { startJira } from '../src/integrations/jira/stand-in.ts'
import { endEngine, endEngineNow, root, startAdder } from './support/adder-process.ts'
import { until } from './support/until.ts'

const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-'))
const hookSecret = randomBytes(24).toString('base64url')
const github = await startGitHub()
const jira = await startJira()
const env = {
  GITHUB_HOOK_SECRET: hookSecret,
  GITHUB_TOKEN: github.token,
  GITHUB_URL: github.url,
  JIRA_HOOK_SECRET: randomBytes(24).toString('base64url'),
  JIRA_TOKEN: jira.token,
  JIRA_URL: jira.url,
}
const start = (port = 0) => startAdder({ project: path.join(root, 'examples/code-review'), dataFolder, env, port })
let adder = await start()
const endNow = () => endEngineNow(dataFolder)
process.once('exit', endNow)
after(async () => {
  await adder.kill()
  await endEngine(dataFolder)
  process.off('exit', endNow)
  await Promise.all([github.close(), jira.close()])
  rmSync(dataFolder, { recursive: true, force: true })
})
github.webhooks.register({ url: `${adder.url}/hooks/github`, secret: hookSecret })

/** The tickets of a pull request, oldest first. */
const ticketsOf = (number: number) =>
  jira.issues().filter(({ fields }) => String(fields.summary).startsWith(`Review acme/shop#${number}:`))
const commentsOn = (key = '') => jira.comments(key).map(({ body }) => adfText(body))

/** Waits until Adder has been told of so much, and has nothing left to do. */
async function settled(deliveries: number): Promise<void> {
  await until('GitHub has told', () => github.webhooks.deliveries.length >= deliveries)
  await until('Adder has nothing left to do', async () => (await adder.underWay()).length === 0)
}

/** So many deliveries there will be when everything that has happened is told, and `more` besides. */
function told(more: number): number {
  return github.webhooks.deliveries.length + more
}

describe('the code review of a pull request', () => {
  test('is a ticket with links both ways, that tells of new commits and is done when they are merged', async () => {
    await settled(1)
    const { number } = github.openPullRequest({ title: 'Pay once' })
    // Adder's own comment is told, too.
    await settled(told(2))
    jira.transitionAsPerson(ticketsOf(number)[0]?.key ?? '', 'In Progress')
    github.push(number)
    await settled(told(1))
    await adder.kill()
    adder = await start(adder.port)
    github.merge(number)
    await settled(told(1))

    const [ticket, ...others] = ticketsOf(number)
    const [comment, ...further] = github.issues().find((each) => each.number === number)?.comments ?? []
    assert.deepEqual([others, further], [[], []])
    assert.deepEqual(
      ticket?.links.map(({ url, title }) => [url, title]),
      [[`${github.url}/acme/shop/pull/${number}`, `acme/shop#${number}`]],
    )
    assert.match(
      comment?.body ?? '',
      new RegExp(`\\[${ticket?.key.replace('-', '\\\\-')}\\]\\(<.*/browse/${ticket?.key}>`),
    )
    const [commits, merged, ...more] = commentsOn(ticket?.key)
    assert.match(
      commits ?? '',
      /^Alert 2 of this ticket: Review acme\/shop#\d+: Pay once\n.*new commits by robin-vega/s,
    )
    assert.equal(merged, 'The pull request is merged.')
    assert.deepEqual(more, [])
    assert.equal(ticket?.status.name, 'Done')
  })

  test('is not begun by a webhook that comes when the pull request is closed again', async () => {
    const { number } = github.openPullRequest({ title: 'Opened by mistake' })
    github.changeAsPerson(number, { state: 'closed' })
    await settled(told(2))

    assert.deepEqual(ticketsOf(number), [])
  })

  test('leaves a ticket alone that the reviewers have closed, and opens another one for new commits', async () => {
    const { number } = github.openPullRequest({ title: 'Reviewed' })
    await settled(told(2))
    const [reviewed] = ticketsOf(number)
    for (const status of ['In Progress', 'Done']) jira.transitionAsPerson(reviewed?.key ?? '', status)
    github.push(number)
    await settled(told(2))
    const [, again] = ticketsOf(number)
    jira.transitionAsPerson(again?.key ?? '', 'In Progress')
    github.changeAsPerson(number, { state: 'closed' })
    await settled(told(1))

    const [, , ...others] = ticketsOf(number)
    assert.deepEqual(others, [])
    assert.deepEqual(commentsOn(reviewed?.key), [])
    assert.deepEqual(commentsOn(again?.key), ['The pull request is closed, unmerged.'])
    assert.equal(again?.status.name, 'Done')
  })

  test('has one comment on it where none of the answers of GitHub to a write arrives', async () => {
    github.misbehave({ lostAnswers: 1 })
    const { number } = github.openPullRequest({ title: 'Lossy' })
    await settled(told(2))
    github.misbehave({})

    const comments = github.issues().find((each) => each.number === number)?.comments
    assert.deepEqual([ticketsOf(number).length, comments?.length], [1, 1])
  })
})
