import { maskSecrets } from '../secrets/secret.ts'

/** What an error says of a run that it ends, without a secret. */
export function failure(error: unknown): { code: string; reason: string; stack?: string | undefined } {
  if (!(error instanceof Error)) return { code: 'run.failed', reason: maskSecrets(String(error)) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'run.failed'
  const stack = error.stack === undefined ? undefined : maskSecrets(error.stack)
  return { code, reason: maskSecrets(error.message), stack }
}
