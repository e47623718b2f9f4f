import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { JqlError, parseJql } from './stand-in/jql.ts'
import { type JiraStandIn, startJira } from './stand-in.ts'

async function setUp(): Promise<JiraStandIn> {
  const jira = await startJira()
  after(() => jira.close())
  return jira
}

function send(jira: JiraStandIn, method: string, path: string, body?: unknown): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${jira.email}:${jira.token}`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/json' }
  return fetch(jira.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
}

const place = { project: { key: 'SEC' }, issuetype: { name: 'Incident' } }

describe('the Jira stand-in', () => {
  const refused = [
    ['an unknown key', { fields: { ...place, summary: 'x' }, extra: 1 }, /extra/],
    ['no summary', { fields: place }, /You must specify a summary/],
    ['a newline in the summary', { fields: { ...place, summary: 'a\nb' } }, /newline/],
    ['a summary that is too long', { fields: { ...place, summary: 'x'.repeat(256) } }, /255/],
    ['a label with a space', { fields: { ...place, summary: 'x', labels: ['a b'] } }, /contains spaces/],
    ['a description that is a string', { fields: { ...place, summary: 'x', description: 'x' } }, /Atlassian Document/],
    [
      'an empty text node',
      {
        fields: {
          ...place,
          summary: 'x',
          description: {
            type: 'doc',
            version: 1,
            content: [{ type: 'paragraph', content: [{ type: 'text', text: '' }] }],
          },
        },
      },
      /Atlassian Document/,
    ],
    ['an unknown project', { fields: { ...place, project: { key: 'NO' }, summary: 'x' } }, /valid project/],
    ['an unknown type', { fields: { ...place, issuetype: { name: 'No' }, summary: 'x' } }, /valid issue type/],
    ['an unknown field', { fields: { ...place, summary: 'x', customfield_1: 1 } }, /customfield_1.*cannot be set/],
    ['a status', { fields: { ...place, summary: 'x', status: { name: 'Done' } } }, /cannot be set/],
  ] as const
  for (const [what, body, message] of refused)
    test(`refuses ${what} with Jira's form of an error`, async () => {
      const jira = await setUp()

      const answer = await send(jira, 'POST', '/rest/api/3/issue', body)

      const text = await answer.text()
      assert.equal(answer.status, 400)
      assert.match(text, message)
      assert.deepEqual(Object.keys(JSON.parse(text)), ['errorMessages', 'errors'])
      assert.equal(jira.issues().length, 0)
    })

  test('refuses wrong credentials and unknown operations', async () => {
    const jira = await setUp()

    const anonymous = await fetch(`${jira.url}/rest/api/3/myself`)
    const old = await send(jira, 'POST', '/rest/api/3/search', {})

    assert.deepEqual([anonymous.status, old.status], [401, 404])
  })

  test('refuses queries that it does not understand or that are unbounded', async () => {
    const jira = await setUp()
    const search = (jql: string) => send(jira, 'POST', '/rest/api/3/search/jql', { jql })

    const answers = await Promise.all(['', 'ORDER BY created', 'assignee = me', 'labels ~ x', 'labels = "'].map(search))

    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 400, 400, 400, 400],
    )
  })

  test('pages through search results', async () => {
    const jira = await setUp()
    for (let made = 0; made < 3; made++) jira.createAsPerson({ summary: `ticket ${made}` })
    const body = { jql: 'project = SEC ORDER BY created ASC', maxResults: 2 }

    const first = await (await send(jira, 'POST', '/rest/api/3/search/jql', body)).json()
    const next = { ...body, nextPageToken: Object(first).nextPageToken }
    const second = await (await send(jira, 'POST', '/rest/api/3/search/jql', next)).json()

    const ids = [...Object(first).issues, ...Object(second).issues].map(({ id }) => id)
    assert.deepEqual(
      ids,
      jira.issues().map(({ id }) => id),
    )
    assert.deepEqual([Object(first).isLast, Object(second).isLast], [false, true])
  })

  test('refuses the 21st write to an issue within two seconds and says why', async () => {
    const jira = await setUp()
    const { key } = jira.createAsPerson({ summary: 'x' })
    const statuses: number[] = []

    for (let write = 0; write < 20; write++)
      statuses.push((await send(jira, 'PUT', `/rest/api/3/issue/${key}`, { fields: { labels: [`l${write}`] } })).status)
    const limited = await send(jira, 'PUT', `/rest/api/3/issue/${key}`, { fields: { labels: [] } })

    assert.ok(statuses.every((status) => status === 204))
    assert.equal(limited.status, 429)
    assert.equal(limited.headers.get('ratelimit-reason'), 'jira-per-issue-on-write')
    assert.ok(Number(limited.headers.get('retry-after')) >= 1)
  })

  test('refuses a transition that the workflow does not have', async () => {
    const jira = await setUp()
    const { key } = jira.createAsPerson({ summary: 'x' })

    const answer = await send(jira, 'POST', `/rest/api/3/issue/${key}/transitions`, { transition: { id: '21' } })

    assert.equal(answer.status, 400)
  })

  test('shows a ticket on a page that escapes everything and loads nothing from elsewhere', async () => {
    const jira = await setUp()
    const { key } = jira.createAsPerson({ summary: '<img src=x>', description: '</p><script>alert(1)</script>' })
    jira.commentAsPerson(key, '"><b>')

    const answer = await fetch(`${jira.url}/browse/${key}`)
    const list = await (await fetch(`${jira.url}/`)).text()

    const page = await answer.text()
    assert.ok(!/<script|<img|<b>/.test(page + list))
    assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;'))
    assert.ok(list.includes('&lt;img src=x&gt;'))
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.equal((await fetch(`${jira.url}/browse/SEC-99`)).status, 404)
  })
})

describe('the Jira stand-in of Data Center', () => {
  const dataCenter = async () => {
    const jira = await startJira({ edition: 'data center' })
    after(() => jira.close())
    const send = (path: string, body: unknown, authorization = `Bearer ${jira.token}`) =>
      fetch(jira.url + path, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    return { jira, send }
  }

  test('refuses what only Jira Cloud takes', async () => {
    const { jira, send } = await dataCenter()
    const fields = { ...place, summary: 'x' }
    const document = { type: 'doc', version: 1, content: [] }
    const basic = `Basic ${Buffer.from(`${jira.email}:${jira.token}`).toString('base64')}`

    const answers = await Promise.all([
      send('/rest/api/2/issue', { fields: { ...fields, description: document } }),
      send('/rest/api/2/issue', { fields }, basic),
      send('/rest/api/3/issue', { fields }),
      send('/rest/api/2/search/jql', { jql: 'project = SEC' }),
      send('/rest/api/2/comment/list', { ids: [1] }),
      send('/rest/api/2/search', { jql: 'project = SEC', nextPageToken: '1' }),
    ])

    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 401, 404, 404, 404, 400],
    )
    assert.deepEqual(jira.issues(), [])
  })

  test('shows markup on its pages as the text that it is', async () => {
    const { jira } = await dataCenter()
    const { key } = jira.createAsPerson({ summary: 'x', description: '<script>alert(1)</script> {code}' })

    const page = await (await fetch(`${jira.url}/browse/${key}`)).text()

    assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt; {code}'))
  })
})

describe('the JQL that the stand-in understands', () => {
  const issue = {
    project: 'SEC',
    labels: ['a', 'b c'],
    type: 'Incident',
    status: 'To Do',
    created: Date.parse('2026-03-01T12:00:00Z'),
  }
  const cases = [
    ['project = SEC', true],
    ['project = "OPS"', false],
    ['project = sec AND labels = "b c"', true],
    ['labels != a', false],
    ['labels in (x, "a") and issuetype = Incident', true],
    ['status = "To Do" AND created >= "2026-03-01 11:59"', true],
    ['created > 2026-03-02', false],
    ['created >= -90m', true],
    ['created >= "-59m"', false],
    ['(project = SEC AND labels = a) AND created >= -2h ORDER BY created ASC', true],
    ['(project = SEC AND labels = x) AND created >= -2h', false],
    ['', true],
  ] as const
  const anHourLater = Date.parse('2026-03-01T13:00:30Z')
  for (const [jql, expected] of cases)
    test(`${jql || '(nothing)'} is ${expected}`, () => {
      assert.equal(parseJql(jql, anHourLater).test(issue), expected)
    })

  for (const jql of [
    'project',
    'project = ',
    'project = A OR project = B',
    'foo = 1',
    'constructor = 1',
    'created = yesterday',
    '(project = A',
    'project = A)',
    '()',
    'labels = a order by key',
  ])
    test(`${jql} is refused`, () => {
      assert.throws(() => parseJql(jql), JqlError)
    })
})
