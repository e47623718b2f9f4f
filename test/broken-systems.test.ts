import assert from 'node:assert/strict'
import { after, describe, type TestContext, test } from 'node:test'
import { startTalk } from './support/talk.ts'
import { until } from './support/until.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'
/** Of a file that no other test here asks about, so that VirusTotal is asked. */
const otherMd5 = 'd41d8cd98f00b204e9800998ecf8427e'
const talk = await startTalk(after)

describe('while the directory is down', () => {
  test("VirusTotal's answer arrives, and the directory's takes the place of the word that it could not be asked", async (t) => {
    healAfter(t)
    talk.directory.misbehave({ down: true })

    await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))

    await until("VirusTotal's answer is on the ticket", () => comment('mlisa', 'VirusTotal')?.includes('Positives'))
    const told = await until('the ticket says that the directory could not be asked', () =>
      comment('mlisa', 'Active Directory'),
    )
    assert.match(told, /could not be asked yet/)
    const [ticket] = talk.tickets('mlisa')
    assert.ok(ticket)
    const before = ids(ticket.key)

    talk.directory.misbehave({})
    await until("the directory's answer is on the ticket", () => comment('mlisa', 'Active Directory')?.includes('Mona'))
    await talk.idle()

    assert.equal(before.length, 2)
    assert.deepEqual(ids(ticket.key), before)
  })
})

describe('while VirusTotal takes 30 s', () => {
  test('Splunk and Jira are answered, and the directory is asked, before VirusTotal has answered', async (t) => {
    healAfter(t)
    const asked = talk.virustotal.requests.length
    talk.virustotal.misbehave({ slowMs: 30_000 })
    talk.splunk.addLog({ user: 'patient', md5: otherMd5 })

    const [call] = await talk.splunk.runNow()

    assert.equal(call?.status, 202)
    const { key } = await until('there is a ticket', () => talk.tickets('patient')[0])
    await until("the directory's answer is on the ticket", () => comment('patient', 'Active Directory'))
    await until("Jira's webhooks are answered", () => accepted(key).length === 2)
    const [request, ...others] = await until('VirusTotal is being asked', () => {
      const requests = talk.virustotal.requests.slice(asked)
      return requests.length > 0 && requests
    })
    assert.ok(request)
    assert.deepEqual([request.status, others.length], [undefined, 0])

    // Cuts the connection, so that nobody has to wait for 30 s.
    talk.virustotal.misbehave({ down: true })
    talk.virustotal.misbehave({})
    assert.equal((await talk.settled('patient', 2)).length, 2)
  })
})

describe('while Jira is down', () => {
  test('an alert is accepted, and its ticket opens when Jira is back', async (t) => {
    healAfter(t)
    talk.jira.misbehave({ down: true })

    const answer = await talk.postAlert(talk.alert({ user: 'jira-down', md5 }))

    assert.equal(answer.status, 202)
    await until('the ticket was tried to be opened', () =>
      talk.adder.log.some(({ step, result }) => step === 'jira.open' && result !== 'done'),
    )
    talk.jira.misbehave({})
    assert.equal((await talk.settled('jira-down', 2)).length, 2)
    assert.equal(talk.tickets('jira-down').length, 1)
  })
})

describe('while every answer of Jira to a write gets lost', () => {
  test('there is one ticket and each comment once', async (t) => {
    healAfter(t)
    talk.jira.misbehave({ lostAnswers: 1 })

    await talk.postAlert(talk.alert({ user: 'lost-answers', md5 }))

    assert.equal((await talk.settled('lost-answers', 2)).length, 2)
    assert.equal(talk.tickets('lost-answers').length, 1)
  })
})

function healAfter(t: TestContext): void {
  t.after(() => talk.heal())
}

function comment(user: string, title: string): string | undefined {
  return talk.comments(user).find((text) => text.startsWith(title))
}

function ids(key: string): string[] {
  return talk.jira.comments(key).map(({ id }) => id)
}

function accepted(key: string) {
  return talk.jira.webhooks.deliveries.filter(({ issueKey, status }) => issueKey === key && status === 202)
}
