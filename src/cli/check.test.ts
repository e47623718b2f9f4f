import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { adderProcess, projectFolder } from '../../test/cli/adder-process.ts'
import { tempProject } from '../../test/support/temp-project.ts'

const talk = fileURLToPath(new URL('../../examples/talk', import.meta.url))
const secrets = {
  SPLUNK_HOOK_TOKEN: 'value-of-splunk-token',
  JIRA_HOOK_SECRET: 'value-of-jira-secret',
  JIRA_TOKEN: 'value-of-jira-token',
  AD_PASSWORD: 'value-of-ad-password',
  VT_API_KEY: 'value-of-vt-key',
  ADDER_TOKEN: 'value-of-adder-token',
}

describe('adder check', () => {
  test('shows what is in a project, in 80 columns, without a secret', async (t) => {
    const adder = adderProcess(t, ['check', '--config', talk], secrets)

    assert.equal(await adder.ended, 0, adder.stderr())
    const text = adder.stdout()
    for (const said of [
      'POST /hooks/splunk/<token>',
      'the token in SPLUNK_HOOK_TOKEN',
      'x-hub-signature, signed with JIRA_HOOK_SECRET',
      'with VT_API_KEY',
      'Incident tickets in SEC at acme.atlassian.net',
      'on splunk.alert',
      'when searchName is "MockScan Alert"',
      'asks VirusTotal (md5, sha1, sha256)',
      'on POST /automations/report-file/runs',
      'token with lookups:read',
      'Nothing is wrong.',
    ]) {
      assert.ok(text.includes(said), `${said} is not in\n${text}`)
    }
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 80),
      [],
    )
    assert.ok(!text.includes('value-of'))
  })

  test('prints one JSON object', async (t) => {
    const adder = adderProcess(t, ['check', '--config', talk, '--json'], secrets)

    assert.equal(await adder.ended, 0, adder.stderr())
    const { ok, sources, automations, warnings } = JSON.parse(adder.stdout())
    assert.equal(ok, true)
    assert.deepEqual(sources[0], {
      name: 'splunk',
      path: '/hooks/splunk/<token>',
      authentication: 'the token in SPLUNK_HOOK_TOKEN',
    })
    assert.equal(automations.length, 5)
    assert.deepEqual(warnings, [])
  })

  test('shows what proves a source by configuration, and where it sends from', async (t) => {
    const { folder } = tempProject((cleanUp) => t.after(cleanUp), {})
    const config = `
      import { secret } from 'adderjs'
      import * as webhook from 'adderjs/webhook'
      import * as z from 'zod'
      const authentication = webhook.token({ secret: secret('DOORS_TOKEN'), header: 'X-Door' })
      const from = ['203.0.113.0/24']
      export default {
        sources: [webhook.source({ name: 'doors', authentication, from, schema: z.unknown(), event: () => [] })],
      }`
    writeFileSync(path.join(folder, 'adder.config.ts'), config)
    const adder = adderProcess(t, ['check', '--config', folder, '--json'], { DOORS_TOKEN: 'a-token-of-the-doors' })

    assert.equal(await adder.ended, 0, adder.stderr())
    assert.deepEqual(JSON.parse(adder.stdout()).sources, [
      {
        name: 'doors',
        path: '/hooks/doors',
        authentication: 'x-door, the token in DOORS_TOKEN',
        from: ['203.0.113.0/24'],
      },
    ])
  })

  test('shows the queue that a source reads, and whose account reads it', async (t) => {
    const { folder } = tempProject((cleanUp) => t.after(cleanUp), {})
    const config = `
      import { secret } from 'adderjs'
      import * as rabbitMq from 'adderjs/rabbitmq'
      import * as z from 'zod'
      const account = { url: 'amqps://mq.acme.example/soc', user: 'adder', password: secret('RABBITMQ_PASSWORD') }
      export default {
        sources: [
          rabbitMq.source({ ...account, name: 'alerts', queue: 'siem.alerts', schema: z.unknown(), event: () => [] }),
        ],
      }`
    writeFileSync(path.join(folder, 'adder.config.ts'), config)
    const env = { RABBITMQ_PASSWORD: 'value-of-the-password' }
    const asJson = adderProcess(t, ['check', '--config', folder, '--json'], env)
    const asText = adderProcess(t, ['check', '--config', folder], env)

    assert.deepEqual([await asJson.ended, await asText.ended], [0, 0], asText.stderr())
    assert.deepEqual(JSON.parse(asJson.stdout()).sources, [
      {
        name: 'alerts',
        path: null,
        queue: 'siem.alerts at mq.acme.example/soc',
        authentication: 'Adder’s own account, with RABBITMQ_PASSWORD',
      },
    ])
    assert.match(asText.stdout(), /alerts +reads siem\.alerts at mq\.acme\.example\/soc\n +Adder’s own account/)
    assert.doesNotMatch(asText.stdout(), /value-of|POST \/hooks/)
  })

  test('shows suppressions, and warns of one that has expired', async (t) => {
    const folder = projectFolder(t, {
      'adder.config.ts': 'export default {}',
      'automations/quiet.ts': `import { suppression, ticketCreated } from 'adderjs'
        const common = { on: ticketCreated({ label: 'x' }), reason: 'a move', owner: 'mara' }
        export const old = suppression({ ...common, name: 'old', until: '2020-01-01T00:00Z' })`,
    })
    const adder = adderProcess(t, ['check', '--config', folder])

    assert.equal(await adder.ended, 0, adder.stderr())
    assert.match(adder.stdout(), /Suppressions\n {2}old {2}on ticket\.created\n {7}when labels include "x"\n/)
    assert.match(
      adder.stdout(),
      /Warning: the suppression "old" has expired and does nothing\. Take it away\.\nNothing is/,
    )
  })

  test('warns of what can never run, and of scopes that no endpoint asks for', async (t) => {
    const folder = projectFolder(t, {
      'adder.config.ts': `import { secret } from 'adderjs'
        export default { tokens: [{ name: 'soc', secret: secret('ADDER_TOKEN'), scopes: ['history:read', 'histroy:raed'] }] }`,
      'automations/made.ts': `import { automation, every } from 'adderjs'
        const run = async () => undefined
        export const review = automation({ name: 'review', on: { kind: 'github.pullRequest', conditions: [] }, run })
        export const own = automation({ name: 'own', on: { kind: 'fire', conditions: [] }, run })
        export const daily = automation({ name: 'daily', on: every('1d'), run })`,
      'automations/forgotten.ts': `import { automation, every } from 'adderjs'
        automation({ name: 'forgotten', on: every('1d'), run: async () => undefined })`,
    })
    const adder = adderProcess(t, ['check', '--config', folder, '--json'], { ADDER_TOKEN: 'value-of-adder-token' })

    assert.equal(await adder.ended, 0, adder.stderr())
    const { ok, warnings } = JSON.parse(adder.stdout())
    assert.equal(ok, true)
    const [forgotten, own, review, scope, ...more] = warnings
    assert.match(forgotten, /automations\/forgotten\.ts exports nothing, so its automation does nothing\./)
    assert.match(review, /^nothing starts the automation "review": .* github\.pullRequest\. Add one of github\.$/)
    assert.match(own, /^nothing starts the automation "own": .* fire\.$/)
    assert.match(scope, /the scope histroy:raed of the token "soc"; there are history:read, quotas:read, runs:write\.$/)
    assert.deepEqual(more, [])
  })

  test('shows when a schedule is due next', async (t) => {
    const folder = scheduleProject(t, "cron('0 7 * * 1-5', { zone: 'Europe/Berlin' })")
    const adder = adderProcess(t, ['check', '--config', folder])

    assert.equal(await adder.ended, 0, adder.stderr())
    const said = /report {2}0 7 \* \* 1-5 \(Europe\/Berlin\)\n {10}next \d{4}-\d\d-\d\d 0[56]:00:00 UTC\n {10}then /
    assert.match(adder.stdout(), said)
  })

  for (const [schedule, problem] of [
    ["every('0s')", '"0s" is not 1s to 366d'],
    ["cron('0 7 * *', { zone: 'UTC' })", '"0 7 * *" is no cron expression of five fields'],
    ["cron('0 7 * * *', { zone: 'Mars' })", 'there is no zone "Mars"'],
  ] as const) {
    test(`names the automation on ${schedule}, and what is wrong with that`, async (t) => {
      const adder = adderProcess(t, ['check', '--config', scheduleProject(t, schedule)])

      assert.equal(await adder.ended, 1)
      assert.ok(adder.stderr().includes(`automation "report": ${problem}`), adder.stderr())
    })
  }

  test('names every variable that is not set, and ends with 1', async (t) => {
    const adder = adderProcess(t, ['check', '--config', talk])

    assert.equal(await adder.ended, 1)
    assert.match(adder.stderr(), /^adder: The configuration has 6 faults:\n/)
    for (const name of Object.keys(secrets)) assert.match(adder.stderr(), new RegExp(`variable ${name} is not set`))
  })

  test('names the files that wait for something that never comes, and ends with 1', async (t) => {
    const folder = projectFolder(t, {
      'adder.config.ts': 'await new Promise(() => undefined)\nexport default {}',
      'automations/a.ts': 'await new Promise(() => undefined)\nexport const a = 1',
      'automations/b.ts': 'export const b = 1',
    })
    const adder = adderProcess(t, ['check', '--config', folder])

    assert.equal(await adder.ended, 1)
    assert.match(
      adder.stderr(),
      /^adder: The configuration has 2 faults:\n.*adder\.config\.ts: can't be loaded: an await in it, .*\n.*a\.ts: can't/,
    )
  })

  test('gives the faults as JSON, and ends with 1', async (t) => {
    const folder = projectFolder(t, { 'adder.config.ts': 'export default { conectors: {} }' })
    const adder = adderProcess(t, ['check', '--config', folder, '--json'])

    assert.equal(await adder.ended, 1)
    assert.deepEqual(JSON.parse(adder.stdout()), {
      ok: false,
      faults: [{ at: 'config.conectors', problem: 'there is no such setting' }],
    })
    assert.equal(adder.stderr(), '')
  })
})

test('adder openapi prints the document of a project', async (t) => {
  const adder = adderProcess(t, ['openapi', '--config', talk], secrets)

  assert.equal(await adder.ended, 0, adder.stderr())
  const { openapi, paths } = JSON.parse(adder.stdout())
  assert.match(openapi, /^3\.1\./)
  assert.ok('/users/{name}' in paths)
})

function scheduleProject(t: TestContext, schedule: string): string {
  return projectFolder(t, {
    'adder.config.ts': 'export default {}',
    'automations/report.ts': `import { automation, cron, every } from 'adderjs'
      export const report = automation({ name: 'report', on: ${schedule}, run: async () => undefined })`,
  })
}
