import assert from 'node:assert/strict'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { markdownText } from '../src/integrations/github/markdown-text.ts'
import { startGitHub } from '../src/integrations/github/stand-in.ts'
import { root } from './support/adder-process.ts'
import { startTalk } from './support/talk.ts'
import { until } from './support/until.ts'

const hookSecret = 'a secret of the test only'
const md5 = '44d88612fea8a8f36de82e1278abb02f'
const github = await startGitHub({ repositories: ['acme/incidents'] })
const talk = await startTalk(after, {
  project: path.join(root, 'test/github-talk/project'),
  env: { GITHUB_URL: github.url, GITHUB_TOKEN: github.token, GITHUB_HOOK_SECRET: hookSecret },
})
github.webhooks.register({ url: `${talk.adder.url}/hooks/github`, secret: hookSecret })
after(() => github.close())

async function settled(user: string, count: number) {
  const of = () => github.issues().filter(({ title }) => title.includes(user))
  await until(`the issue has ${count} comments`, () => of()[0] !== undefined && of()[0]?.comments.length === count, {
    shown: () => talk.adder.output().slice(-5000),
  })
  await talk.idle()
  const [issue, ...others] = of()
  assert.ok(issue)
  assert.deepEqual(others, [])
  return { ...issue, said: issue.comments.map(({ body }) => markdownText(body)).join('\n') }
}

describe('the talk with its tickets in GitHub Issues', () => {
  test('opens an issue for an alert, and tells both answers on it', async () => {
    await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))

    const issue = await settled('mlisa', 2)

    assert.equal(issue.title, 'MockScan: mlisa')
    assert.deepEqual(issue.labels, ['mock-scan', 'Alert type: Malware', 'Alert source: MockScan'])
    assert.match(issue.said, /Name: Mona Lisa/)
    assert.match(issue.said, /Positives: 48/)
  })

  test('does each once where every second answer of GitHub gets lost', async () => {
    github.misbehave({ lostAnswers: 0.5 })

    await talk.postAlert(talk.alert({ user: 'dgray', md5 }))

    const issue = await settled('dgray', 2)
    github.misbehave({})
    assert.equal(issue.comments.length, 2)
  })

  test('starts what a person’s closing starts', async () => {
    await talk.postAlert(talk.alert({ user: 'to-close', md5 }))
    const { number, labels } = await settled('to-close', 2)
    github.changeAsPerson(number, { labels: labels.filter((label) => !label.startsWith('Alert source')) })

    github.changeAsPerson(number, { state: 'closed' })

    const present = () => github.issues().find((each) => each.number === number)?.labels ?? []
    await until('the label is there again', () => present().includes('Alert source: MockScan'))
  })
})
