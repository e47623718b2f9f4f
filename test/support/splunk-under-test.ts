import type { TestContext } from 'node:test'
import { connector } from '../../src/integrations/splunk/connector.ts'
import { startSplunk } from '../../src/integrations/splunk/stand-in.ts'
import { secretOf } from './secret-of.ts'

/** A stand-in, closed after the test, and what its connector can be asked. */
export async function splunk(t: TestContext, { token = 'stand-in-token', web }: { token?: string; web?: string } = {}) {
  const standIn = await startSplunk({ webhookUrl: 'http://127.0.0.1:1/hooks/splunk/t0ken' })
  t.after(() => standIn.close())
  const options = { url: standIn.url, token: secretOf(t, token) }
  const { lookups, probe } = connector(web === undefined ? options : { ...options, web }).connect()
  return { standIn, search: lookups.search, rows: lookups.export, probe }
}
