import assert from 'node:assert/strict'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { type StandInIssue, startJira } from '../src/integrations/jira/stand-in.ts'
import { wikiText } from '../src/integrations/jira/wiki-text.ts'
import { root } from './support/adder-process.ts'
import { startTalk } from './support/talk.ts'
import { until } from './support/until.ts'

const hookSecret = 'a secret of the test only'
const md5 = '44d88612fea8a8f36de82e1278abb02f'

const jira = await startJira({ edition: 'data center', token: 'a token of the test only' })
const talk = await startTalk(after, {
  project: path.join(root, 'test/jira-data-center/project'),
  hasWebhook: false,
  env: { JIRA_DC_URL: jira.url, JIRA_DC_TOKEN: jira.token, JIRA_DC_HOOK_SECRET: hookSecret },
})
after(() => jira.close())
jira.webhooks.register({
  url: `${talk.adder.url}/hooks/jira-data-center`,
  events: ['jira:issue_created', 'jira:issue_updated', 'comment_created'],
  secret: hookSecret,
})

describe('the talk with its tickets in Jira Data Center', () => {
  test('opens a ticket for an alert, and tells both answers on it', async () => {
    await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))

    const [ticket, ...others] = await settled('mlisa')

    assert.deepEqual(others, [])
    assert.equal(ticket.fields.summary, 'MockScan: mlisa')
    assert.deepEqual(ticket.fields.customfield_10010, { value: 'Malware' })
    assert.match(comments(ticket).join('\n'), /Name: Mona Lisa/)
    assert.match(comments(ticket).join('\n'), /Positives: 48/)
  })

  test('shows an alert that is full of markup as it is', async () => {
    const user = '{code}*x* [y|https://evil.example]'

    await talk.postAlert(talk.alert({ user, md5 }))

    const [ticket] = await settled(user)
    const markup = String(ticket.fields.description)
    assert.ok(wikiText(markup).includes(user), markup)
    const [facts = '', inNoFormat = ''] = markup.split('{noformat}')
    assert.ok(!facts.includes('{code}') && !facts.includes('[y'), markup)
    assert.ok(inNoFormat.includes(JSON.stringify(user)), markup)
  })

  test('does each once where every second answer of Jira gets lost', async () => {
    jira.misbehave({ lostAnswers: 0.5 })

    await talk.postAlert(talk.alert({ user: 'dgray', md5 }))
    await talk.postAlert(talk.alert({ user: 'jdoe', md5 }))

    const all = [...(await settled('dgray')), ...(await settled('jdoe'))]
    jira.misbehave({})
    assert.ok(jira.requests.filter(({ status }) => status === undefined).length >= 3)
    assert.deepEqual(
      all.map((ticket) => comments(ticket).length),
      [2, 2],
    )
  })

  test('starts what a person’s closing starts, and nothing of what Adder itself did', async () => {
    await talk.postAlert(talk.alert({ user: 'to-close', md5 }))
    const [ticket] = await settled('to-close')
    jira.editAsPerson(ticket.key, { customfield_10011: null })
    jira.transitionAsPerson(ticket.key, 'In Progress')

    jira.transitionAsPerson(ticket.key, 'Done')

    await until('it has its alert source', () => ticket.fields.customfield_10011 === 'MockScan', {
      shown: () => talk.adder.output().slice(-6000),
    })
    await talk.idle()
    assert.equal(comments(ticket).length, 2)
  })
})

function ticketsFor(user: string): readonly StandInIssue[] {
  return jira.issues().filter(({ fields }) => String(fields.summary).includes(user))
}

function comments({ key }: StandInIssue): string[] {
  return jira.comments(key).map(({ body }) => wikiText(String(body)))
}

/** The ticket for this user when it has two comments and Adder has nothing left to do; and further ones, if any. */
async function settled(user: string): Promise<readonly [StandInIssue, ...StandInIssue[]]> {
  await until(`${user}'s ticket has two comments`, () => ticketsFor(user).flatMap(comments).length >= 2, {
    shown: () => talk.adder.output().slice(-6000),
  })
  await talk.idle()
  const [ticket, ...others] = ticketsFor(user)
  assert.ok(ticket)
  return [ticket, ...others]
}
