import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

/** What a new process says that imports the integration, with the hooks given, and does this. */
function said({ hooks, code }: { hooks: string; code: string }): string {
  const program = `
    import { registerHooks } from 'node:module'
    registerHooks(${hooks})
    const { connector } = await import(${JSON.stringify(import.meta.resolve('./index.ts'))})
    const password = { name: 'ROOMBA_PASSWORD', reveal: () => 'of-nobody' }
    const make = () => connector({ host: '127.0.0.1', port: 1, blid: 'A', password, fingerprint: 'AB'.repeat(32) })
    ${code}`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  })
  return stdout + stderr
}

test('says which package to install where it is missing, before anything starts', () => {
  const shown = said({
    hooks: `{ resolve: (name, context, next) => {
      if (name === 'mqtt') throw Object.assign(new Error('not here'), { code: 'ERR_MODULE_NOT_FOUND' })
      return next(name, context)
    } }`,
    code: `try { make() } catch (error) { console.log(error.code, error.message) }`,
  })

  assert.match(shown, /^config\.invalid .*needs the package mqtt.*npm install mqtt@5$/ms)
})

test('loads the package when the first robot is asked, and not before', () => {
  const shown = said({
    hooks: `{ load: (url, context, next) => {
      if (url.includes('/node_modules/mqtt/')) globalThis.isLoaded = true
      return next(url, context)
    } }`,
    code: `
      const { lookups } = make().connect()
      console.log('connected', globalThis.isLoaded)
      await lookups.state(undefined, { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
      console.log('asked', globalThis.isLoaded)`,
  })

  assert.equal(shown, 'connected undefined\nasked true\n')
})
