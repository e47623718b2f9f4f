import assert from 'node:assert/strict'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type JenkinsStandIn, startJenkins } from '../src/integrations/jenkins/stand-in.ts'
import { root } from './support/adder-process.ts'
import { startTalk, type Talk } from './support/talk.ts'
import { until } from './support/until.ts'

async function startJobs(t: TestContext): Promise<{ jenkins: JenkinsStandIn; talk: Talk }> {
  const jenkins = await startJenkins()
  t.after(() => jenkins.close())
  const talk = await startTalk((cleanUp) => t.after(cleanUp), {
    project: path.join(root, 'examples/jobs'),
    hasWebhook: false,
    env: { JENKINS_URL: jenkins.url, JENKINS_USER: jenkins.user, JENKINS_TOKEN: jenkins.token },
  })
  return { jenkins, talk }
}

/** So many requests were made for the state of builds, besides those before a start. */
function polls({ requests }: JenkinsStandIn): number {
  return requests.filter(({ path }) => path === '/queue/api/json').length
}

test('a scan is started once although its answer was lost, and its end is told after Adder was killed meanwhile', async (t) => {
  const { jenkins, talk } = await startJobs(t)
  jenkins.misbehave({ lostAnswers: 1 })
  await talk.postApi('/automations/scan-host/runs', { host: 'mona-laptop' })
  await until('the scan is queued', () => jenkins.queued() === 1)
  jenkins.misbehave({})
  await until('it is followed', () => polls(jenkins) >= 2, { shown: () => talk.adder.output().slice(-3000) })

  await talk.adder.kill()
  jenkins.begin()
  await talk.restart()
  const before = polls(jenkins)
  await until('it is followed again', () => polls(jenkins) > before)
  jenkins.write('Scanning mona-laptop\n1 port open\n')
  jenkins.finish('UNSTABLE')

  const comments = await talk.settled('mona-laptop', 1)
  assert.deepEqual(
    jenkins.builds().map(({ parameters }) => parameters.HOST),
    ['mona-laptop'],
  )
  assert.equal(talk.tickets('mona-laptop').length, 1)
  const log = 'Scanning mona-laptop\n1 port open'
  assert.deepEqual(comments, [`Scan: unstable\nConsole: ${jenkins.url}/job/security/job/scan/1/console\n${log}`])
})

test('a scan that a person takes out of the queue is told as that', async (t) => {
  const { jenkins, talk } = await startJobs(t)
  await talk.postApi('/automations/scan-host/runs', { host: 'mona-laptop' })
  await until('it is followed', () => polls(jenkins) >= 1)

  jenkins.cancelQueued()

  assert.deepEqual(await talk.settled('mona-laptop', 1), ['Scan: taken out of Jenkins before it ended'])
})
