import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { probeSplunk } from './probe-splunk.ts'
import { splunkApi } from './splunk-api.ts'
import { type SplunkStandInOptions, startSplunk } from './stand-in.ts'

const token = secret('ADDER_TEST_SPLUNK_PROBE')
before(() => {
  process.env.ADDER_TEST_SPLUNK_PROBE = 'stand-in-token'
})
after(() => delete process.env.ADDER_TEST_SPLUNK_PROBE)

/** A Splunk whose alert has fired. */
async function firedOnce(t: TestContext, options: Partial<SplunkStandInOptions> = {}) {
  const splunk = await startSplunk({ webhookUrl: 'http://127.0.0.1:9/hooks/splunk/t0ken', ...options })
  t.after(() => splunk.close())
  splunk.addLog({ user: 'mlisa', md5: '44d88612fea8a8f36de82e1278abb02f' })
  await splunk.runNow()
  const call = () => ({ signal: AbortSignal.timeout(10_000) })
  return { splunk, probe: () => probeSplunk(splunkApi({ url: splunk.url, token }), { source: 'splunk', call }) }
}

describe('the probe of Splunk', () => {
  test('has nothing to say where a sweep has what it needs', async (t) => {
    const { probe } = await firedOnce(t)

    assert.deepEqual(await probe(), [])
  })

  test('names an alert that is not tracked, and not the token in its address', async (t) => {
    const { probe } = await firedOnce(t, { isTracked: false })

    const [problem, ...more] = await probe()

    assert.match(problem ?? '', /^"MockScan Alert" is not tracked.*Add to Triggered Alerts/)
    assert.doesNotMatch(problem ?? '', /t0ken/)
    assert.deepEqual(more, [])
  })

  test('leaves webhooks alone that call somebody else', async (t) => {
    const { probe } = await firedOnce(t, { isTracked: false, webhookUrl: 'http://127.0.0.1:9/other' })

    assert.deepEqual(await probe(), [])
  })

  test('says that results are gone, are gone soon, or may not be read', async (t) => {
    const { probe, splunk } = await firedOnce(t, { jobTtlSeconds: 600 })

    const soon = await probe()
    splunk.hideResults(true)
    const hidden = await probe()
    splunk.expireResults()
    const gone = await probe()

    assert.match(soon.join(), /The results of "MockScan Alert" are there for 10 minutes more.*dispatch\.ttl/)
    assert.match(hidden.join(), /The token may not read the results of "MockScan Alert"/)
    assert.match(gone.join(), /does not have the results of its newest alert, "MockScan Alert"/)
  })

  test('throws what the token is refused with', async (t) => {
    const { probe } = await firedOnce(t, { apiToken: 'another' })

    await assert.rejects(probe(), (error) => error instanceof ConnectorRefused && error.status === 401)
  })
})
