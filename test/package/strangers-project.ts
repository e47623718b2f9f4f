import path from 'node:path'

/**
 * The files of a project as a stranger writes it: for an alert of Splunk, and for a request, an automation asks
 * VirusTotal and writes down what it says. The environment tells it where VirusTotal is (`VT_URL`) and where to write
 * (`VERDICTS`). A connector of the stranger's own is there for its types.
 *
 * @param typeRoots where the types of Node are.
 */
export function strangersProject(typeRoots: string): Record<string, string> {
  return {
    'package.json': JSON.stringify({ private: true, type: 'module' }),
    'adder.config.ts': config,
    [path.join('automations', 'verdicts.ts')]: automations,
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        target: 'ES2024',
        module: 'NodeNext',
        strict: true,
        noUncheckedIndexedAccess: true,
        erasableSyntaxOnly: true,
        noEmit: true,
        typeRoots: [typeRoots],
        types: ['node'],
      },
    }),
  }
}

const config = `
import { defineConfig, secret } from 'adderjs'
import * as http from 'adderjs/http'
import * as splunk from 'adderjs/splunk'
import * as virusTotal from 'adderjs/virustotal'
import * as z from 'zod'

const inventory = http.connector({
  integration: 'inventory',
  title: 'Inventory',
  docs: 'https://inventory.acme.example/api',
  baseUrl: 'https://inventory.acme.example/api/v1',
  auth: 'none',
  lookups: {
    host: http.lookup({
      input: z.object({ name: z.string().max(64), isExact: z.boolean().default(true) }),
      request: ({ name, isExact }) => ({ path: http.path\`/hosts/\${name}\`, query: { exact: String(isExact) } }),
      answer: z.object({ owner: z.string() }),
      found: ({ owner }) => ({ owner }),
    }),
  },
  effects: {},
  probe: { path: '/me' },
})

const config = defineConfig({
  sources: [splunk.source({ token: secret('SPLUNK_HOOK_TOKEN') })],
  connectors: {
    inventory,
    virustotal: virusTotal.connector({
      apiKey: secret('VT_API_KEY'),
      plan: 'public',
      url: process.env.VT_URL ?? 'https://www.virustotal.com',
    }),
  },
  tokens: [{ name: 'stranger', secret: secret('ADDER_TOKEN'), scopes: ['automations:run'] }],
})

declare module 'adderjs' {
  interface Register {
    config: typeof config
  }
}

export default config
`

const automations = `
import { appendFile } from 'node:fs/promises'
import { automation, type Outcome, request } from 'adderjs'
import * as splunk from 'adderjs/splunk'
import type { FileReport } from 'adderjs/virustotal'
import * as z from 'zod'

export const scanned = automation({
  name: 'scanned',
  on: splunk.alert({ searchName: 'MockScan Alert' }),
  run: async ({ event, virustotal, step }) => {
    const outcome = await virustotal.file(String(event.result.md5))
    await step('write', () => write(event.result.user + ': ' + verdict(outcome)))
  },
})

export const asked = automation({
  name: 'asked',
  on: request(z.object({ md5: z.string() })),
  run: async ({ event, virustotal, step }) => {
    const outcome = await virustotal.file(event.md5)
    await step('write', () => write('asked: ' + verdict(outcome)))
  },
})

export const owned = automation({
  name: 'owned',
  on: request(z.object({ host: z.string() })),
  run: async ({ event, inventory }) => {
    const outcome = await inventory.host({ name: event.host })
    // @ts-expect-error: there is no such field
    const mistyped = outcome.kind === 'found' && outcome.value.owners
    // @ts-expect-error: a name is a text
    const misused = () => inventory.host({ name: 7 })
    return outcome.kind === 'found' ? outcome.value.owner.toUpperCase() : mistyped || misused.name
  },
})

export const wrong = automation({
  name: 'wrong',
  on: splunk.alert({ searchName: 'Nothing' }),
  // @ts-expect-error: the configuration has no such connector
  run: async ({ greynoise }) => greynoise,
})

function verdict(outcome: Outcome<FileReport>): string {
  return outcome.kind === 'found' ? outcome.value.positives : outcome.kind
}

function write(line: string): Promise<void> {
  return appendFile(process.env.VERDICTS ?? '', line + '\\n')
}
`
