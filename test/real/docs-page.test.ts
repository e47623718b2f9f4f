import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import * as z from 'zod'
import { createLog, createServer, endpoint, nested, pattern, string, token } from '../../src/endpoints/index.ts'
import { secret } from '../../src/secrets/secret.ts'

const candidates = [process.env.CHROMIUM, '/usr/bin/chromium-headless-shell', '/usr/bin/chromium']
const executablePath = candidates.find((path) => path !== undefined && existsSync(path))
const skip =
  executablePath === undefined && !process.env.CI && 'NO BROWSER: install chromium-headless-shell or set CHROMIUM'

process.env.TEST_DOCS_TOKEN = 'docs-page-token-0123456789'

const whoIs = endpoint({
  method: 'GET',
  path: '/users/:name',
  summary: 'Look a user up in the directory',
  auth: token('lookups:read'),
  params: { name: pattern(/^[\w.-]{1,64}$/, 'a directory user name') },
  output: z.object({ displayName: z.string() }),
  run: ({ params }) => ({ displayName: `Looked up: ${params.name}` }),
})

const note = endpoint({
  method: 'POST',
  path: '/notes',
  summary: 'Write a note',
  auth: token(),
  body: nested({ text: string({ max: 100 }) }),
  output: z.object({ text: z.string() }),
  examples: [{ name: 'Short', body: { text: 'from the example' } }],
  run: ({ body }) => body,
})

test('the docs page sends a request, shows its answer and its curl command, and asks no other host', {
  skip,
}, async (context) => {
  assert.ok(executablePath, 'no browser: install chromium-headless-shell or set CHROMIUM')
  const server = createServer({
    endpoints: [whoIs, note],
    tokens: [{ name: 'docs', secret: secret('TEST_DOCS_TOKEN'), scopes: ['lookups:read'] }],
    log: createLog({ destination: { write: () => undefined } }),
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  context.after(() => server.close())
  // Listening on a host and port, so the address is not a path.
  const { port } = server.server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const browser = await chromium.launch({ executablePath })
  context.after(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 1200, height: 1400 } })
  const asked: string[] = []
  const said: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => said.push(`error: ${error.message}`))

  await page.goto(`${origin}/docs`)
  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.getByRole('textbox', { name: 'auth-bearer-value' }).fill('docs-page-token-0123456789')
  await page.getByRole('button', { name: 'Apply credentials' }).click()
  await page.getByRole('button', { name: 'Close' }).click()

  const lookUp = page.locator('#operations-default-getUsersByName')
  await lookUp.locator('.opblock-summary-control').click()
  await lookUp.getByPlaceholder('name').fill('mona.lisa')
  await lookUp.getByRole('button', { name: 'Execute' }).click()
  const answer = lookUp.locator('.live-responses-table .response')
  await answer.waitFor()
  const shown = await answer.textContent()
  const curl = String(await lookUp.locator('.curl-command').textContent())

  const write = page.locator('#operations-default-postNotes')
  await write.locator('.opblock-summary-control').click()
  await write.getByRole('button', { name: 'Execute' }).click()
  const written = write.locator('.live-responses-table .response')
  await written.waitFor()
  const writtenText = await written.textContent()
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true })

  assert.match(String(shown), /200.*Looked up: mona\.lisa/s)
  assert.match(curl, /curl -X 'GET'/)
  assert.ok(curl.includes(`${origin}/users/mona.lisa`), curl)
  assert.match(curl, /Authorization: Bearer/)
  assert.match(String(writtenText), /200.*from the example/s)
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:')),
    [],
  )
  assert.deepEqual(said, [])
})
