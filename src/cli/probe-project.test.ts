import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as jira from '../integrations/jira/index.ts'
import { startJira } from '../integrations/jira/stand-in.ts'
import * as splunk from '../integrations/splunk/index.ts'
import { startSplunk } from '../integrations/splunk/stand-in.ts'
import { secret } from '../secrets/secret.ts'
import { probeProject } from './probe-project.ts'

const token = secret('ADDER_TEST_PROBE')
before(() => {
  process.env.ADDER_TEST_PROBE = 'stand-in-token'
})
after(() => delete process.env.ADDER_TEST_PROBE)

describe('the probe of a project', () => {
  test('asks each system and tells what is wrong with each, and no secret', async (t) => {
    const at = await startSplunk({ webhookUrl: 'http://127.0.0.1:9/hooks/splunk/x', isTracked: false })
    const site = await startJira()
    t.after(() => Promise.all([at.close(), site.close()]))
    const account = { url: site.url, email: 'adder@acme.example', token }
    const config = {
      sources: [
        splunk.source({ token, sweep: { url: at.url, token } }),
        jira.source({ secret: token, sweep: { ...account, email: 'other@acme.example', jql: 'project = SEC' } }),
      ],
      ticketing: jira.ticketing({ ...account, project: 'SEC', type: 'Incident' }),
    }

    const [ofTicketing, ofSplunk, ofJira, ...more] = await probeProject(config)

    assert.deepEqual([ofTicketing, more], [{ of: 'ticketing', problems: [] }, []])
    assert.equal(ofSplunk?.of, 'sweep of "splunk"')
    assert.match(ofSplunk?.problems.join() ?? '', /"MockScan Alert" is not tracked/)
    assert.match(ofJira?.problems.join() ?? '', /answered 401/)
    assert.doesNotMatch(JSON.stringify([ofSplunk, ofJira]), /stand-in-token/)
  })
})
