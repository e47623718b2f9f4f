import assert from 'node:assert/strict'
import { kill } from 'node:process'
import { describe, type TestContext, test } from 'node:test'
import { spawnAdder, talkProject } from './support/adder-process.ts'
import { startTalk, type Talk } from './support/talk.ts'
import { until } from './support/until.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'

/** What ends, and how it comes back. */
const ends: Record<string, (talk: Talk) => Promise<void>> = {
  'Adder, killed,': async (talk) => {
    await talk.adder.kill()
    await talk.restart()
  },
  'Adder, asked to end,': async (talk) => {
    assert.deepEqual(await talk.adder.stop(), { code: 0, signal: null })
    await talk.restart()
  },
  'the engine, killed,': killEngine,
  'Adder and its engine, both killed,': async (talk) => {
    const pid = talk.adder.enginePid()
    await talk.adder.kill()
    kill(pid, 'SIGKILL')
    await talk.restart()
  },
}

describe('nothing is lost and nothing is made twice', { concurrency: 5 }, () => {
  for (const [who, end] of Object.entries(ends)) {
    test(`when ${who} comes back between the ticket and its comments`, async (t) => {
      const talk = await startTalk(...underTest(t))
      for (const each of [talk.directory, talk.virustotal]) each.misbehave({ slowMs: 8000 })
      await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))
      await until('VirusTotal is being asked', () => talk.virustotal.requests.length > 0)
      assert.deepEqual([talk.tickets('mlisa').length, talk.comments('mlisa').length], [1, 0])

      talk.heal()
      await end(talk)

      await isWhole(talk)
    })

    test(`when ${who} comes back between the first comment and the second`, async (t) => {
      const talk = await startTalk(...underTest(t))
      talk.virustotal.misbehave({ slowMs: 8000 })
      await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))
      await until('there is one comment', () => talk.comments('mlisa').length === 1)

      talk.heal()
      await end(talk)

      await isWhole(talk)
    })
  }

  test('when the engine is killed while Jira takes 10 s to open the ticket', async (t) => {
    const talk = await startTalk(...underTest(t))
    talk.jira.misbehave({ slowMs: 10_000 })
    await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))
    await until('the ticket is being opened', () => creates(talk).length > 0)

    await killEngine(talk)

    assert.deepEqual(
      creates(talk).map(({ status }) => status),
      [undefined],
      'the engine was to be back while the create call has no answer',
    )
    talk.heal()
    await isWhole(talk)
    assert.equal(creates(talk).length, 1)
  })

  test('when Adder is killed while Jira opens the ticket, whose answer is lost and which its search does not show yet', async (t) => {
    const talk = await startTalk(...underTest(t), { hasWebhook: false })
    talk.jira.lagSearch(4000)
    talk.jira.misbehave({ slowMs: 4000 })
    await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))
    await until('there is a ticket that Adder does not know of', () => talk.tickets('mlisa').length === 1)

    await talk.adder.kill()
    talk.heal()
    await talk.restart()

    await isWhole(talk)
    assert.equal(creates(talk).length, 1)
    assert.ok(
      talk.adder.log.some(({ step, effect }) => step === 'jira.open (find)' && effect === 'found'),
      'the ticket was to be found by its marker',
    )
  })
})

test('a second Adder on the same data folder ends with a sentence, and the first goes on', async (t) => {
  const talk = await startTalk(...underTest(t))
  const { dataFolder, env } = talk

  const second = spawnAdder({ project: talkProject, dataFolder, env })

  assert.deepEqual(await second.ended, { code: 1, signal: null })
  assert.match(second.output(), /Another Adder \(process \d+.*\) already runs on the data folder/)
  assert.doesNotMatch(second.output(), /^\s+at /m)
  await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))
  await isWhole(talk)
})

function underTest(t: TestContext): [(cleanUp: () => Promise<void>) => void] {
  return [(cleanUp) => t.after(cleanUp)]
}

async function killEngine({ adder }: Talk): Promise<void> {
  const pid = adder.enginePid()
  kill(pid, 'SIGKILL')
  await until('there is another engine', () => adder.enginePid() !== pid)
  await until('it answers', () =>
    adder.underWay().then(
      () => true,
      () => false,
    ),
  )
}

function creates({ jira }: Talk) {
  return jira.requests.filter(({ method, path }) => method === 'POST' && path === '/rest/api/3/issue')
}

/** One ticket, with both comments, each once, and nothing that waits for anything. */
async function isWhole(talk: Talk): Promise<void> {
  const comments = await talk.settled('mlisa', 2)
  assert.equal(talk.tickets('mlisa').length, 1)
  assert.deepEqual(comments.map((text) => text.split(':')[0]).sort(), ['Active Directory', 'VirusTotal'])
}
