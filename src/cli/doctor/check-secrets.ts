import { secretAges } from '../../secrets/secret-ages.ts'
import type { Finding } from './finding.ts'

const dayMs = 86_400_000
const warningDays = 180

/** Looks for secrets that have been the same for more than 180 days, as far as the data folder's record goes back. */
export function checkSecrets(dataFolder: string): Finding[] {
  const ages = secretAges(dataFolder)
  if (ages.size === 0) return []
  const old = [...ages].filter(([, since]) => Date.now() - since.getTime() > warningDays * dayMs)
  if (old.length === 0) return [{ of: 'secrets', state: 'ok', says: `none is older than ${warningDays} days` }]
  return old.map(([name, since]) => ({
    of: 'secrets',
    state: 'warning',
    says: `${name} has been the same since ${since.toISOString().slice(0, 10)} at least`,
    fix: 'Replace it. Where two may be valid at once, give both until the sender has the new one.',
  }))
}
