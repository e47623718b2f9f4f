import assert from 'node:assert/strict'
import path from 'node:path'
import { kill } from 'node:process'
import { describe, type TestContext, test } from 'node:test'
import { root } from './support/adder-process.ts'
import { startTalk, type Talk } from './support/talk.ts'
import { until } from './support/until.ts'

const project = path.join(root, 'examples/noisy')
const md5 = '44d88612fea8a8f36de82e1278abb02f'

/** What is interrupted, by how the outside systems are and by what to wait for. */
const moments: Record<string, { begin(talk: Talk): void; reached(talk: Talk): boolean }> = {
  'while Jira takes the comment': {
    begin: () => undefined,
    reached: ({ jira }) => jira.requests.some(({ path: asked }) => asked.endsWith('/comment')),
  },
  'when the comment is there and nobody has answered': {
    begin: ({ directory, virustotal }) => {
      for (const each of [directory, virustotal]) each.misbehave({ slowMs: 8000 })
    },
    reached: ({ virustotal, directory }) => virustotal.requests.length > 0 && directory.requests.length > 0,
  },
  'when the first answer is told': {
    begin: ({ virustotal }) => virustotal.misbehave({ slowMs: 8000 }),
    reached: ({ comments }) => comments('mlisa')[0]?.includes('Answers: 1 of 2') === true,
  },
  'while the comment is edited': {
    begin: () => undefined,
    reached: ({ jira }) => edits(jira).length > 0,
  },
}

describe('the one comment of a ticket is there once and has every answer', { concurrency: 4 }, () => {
  for (const [moment, { begin, reached }] of Object.entries(moments)) {
    for (const who of ['Adder', 'the engine'] as const) {
      test(`when ${who} is killed ${moment}`, async (t) => {
        const talk = await startTalk(...underTest(t))
        begin(talk)
        await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))
        await until('the moment has come', () => reached(talk), { shown: () => talk.adder.output().slice(-3000) })

        await end(who, talk)
        talk.heal()

        await isWhole(talk)
      })
    }
  }
})

function underTest(t: TestContext) {
  return [(cleanUp: () => Promise<void>) => t.after(cleanUp), { project }] as const
}

async function end(who: 'Adder' | 'the engine', talk: Talk): Promise<void> {
  if (who === 'the engine') {
    kill(talk.adder.enginePid(), 'SIGKILL')
  } else {
    await talk.adder.kill()
    await talk.restart()
  }
}

function edits(jira: Talk['jira']) {
  return jira.requests.filter(({ method, path: asked }) => method === 'PUT' && asked.includes('/comment/'))
}

async function isWhole(talk: Talk): Promise<void> {
  await until('all is told', () => talk.comments('mlisa')[0]?.includes('Answers: 2 of 2'), {
    withinMs: 60_000,
    shown: () => `${talk.comments('mlisa')}\n${talk.adder.output().slice(-3000)}`,
  })
  await talk.idle()
  const comments = talk.comments('mlisa')
  assert.equal(talk.tickets('mlisa').length, 1)
  assert.equal(comments.length, 1)
  assert.match(comments[0] ?? '', /Active Directory: mlisa: found/)
  assert.match(comments[0] ?? '', /Name: Mona Lisa/)
  assert.match(comments[0] ?? '', /Positives: 48/)
}
