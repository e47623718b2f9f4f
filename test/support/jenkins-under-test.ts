import type { TestContext } from 'node:test'
import { connector } from '../../src/integrations/jenkins/connector.ts'
import { type JenkinsStandInOptions, startJenkins } from '../../src/integrations/jenkins/stand-in.ts'
import { secretOf } from './secret-of.ts'

export const marker = 'adder-0123456789abcdef01234567'
export const call = () => ({ signal: AbortSignal.timeout(5000) })
export const making = (mine = marker) => ({ ...call(), marker: mine, intendedAt: new Date().toISOString() })

/** A job of the stand-in's. */
export const job = 'security/scan'

/** The connector of a server, its look-ups under `lookups` and each effect by its name. */
export function connectJenkins(t: TestContext, url: string, token: string) {
  const { effects, ...connected } = connector({ url, user: 'adder', token: secretOf(t, token) }).connect()
  return { ...connected, ...effects }
}

/** A stand-in, closed after the test, and its connector. */
export async function jenkins(t: TestContext, options: JenkinsStandInOptions = {}) {
  const standIn = await startJenkins(options)
  t.after(() => standIn.close())
  return { standIn, ...connectJenkins(t, standIn.url, standIn.token) }
}
