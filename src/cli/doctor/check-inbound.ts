import { request } from 'undici'
import type { SourceDefinition } from '../../intake/source.ts'
import type { Finding } from './finding.ts'

const patienceMs = 10_000

/** Asks Adder from outside, at the address that senders are given, for each source's path. Delivers nothing. */
export function checkInbound(url: string, sources: readonly SourceDefinition[]): Promise<Finding[]> {
  const hooked = sources.filter(({ authentication }) => authentication.kind !== 'queue')
  return Promise.all(hooked.map(({ name }) => checkPath(url, name)))
}

async function checkPath(url: string, name: string): Promise<Finding> {
  const of = `inbound "${name}"`
  const address = `${url.replace(/\/$/, '')}/hooks/${name}`
  const fix = 'Check the address, the proxy in front of Adder, and that its path leads to Adder unchanged.'
  try {
    const { statusCode, headers, body } = await request(address, { signal: AbortSignal.timeout(patienceMs) })
    await body.dump()
    // Adder's own refusal of a GET, which no proxy would give.
    if (statusCode === 405 && String(headers['content-type']).startsWith('application/problem+json'))
      return { of, state: 'ok', says: `${address} leads here` }
    return { of, state: 'failed', says: `${address} answers ${statusCode}, and not as Adder does`, fix }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { of, state: 'failed', says: `${address} can't be reached: ${reason}`, fix }
  }
}
