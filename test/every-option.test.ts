import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '../src/errors/config-error.ts'
import * as github from '../src/integrations/github/index.ts'
import * as jira from '../src/integrations/jira/index.ts'
import * as requestTracker from '../src/integrations/request-tracker/index.ts'
import * as splunk from '../src/integrations/splunk/index.ts'
import { secret } from '../src/secrets/secret.ts'
import { root } from './support/adder-process.ts'
import { everySource } from './support/every-source.ts'

/** Functions of an integration that take no options. */
const withoutOptions = new Set(['isOver', 'received', 'searchTable', 'spl'])
/** Those whose options may all be left out: filters. */
const triggers = new Set(['alert', 'event', 'pullRequest', 'issue', 'comment'])

type Factory = (options: object) => unknown

/** Every function of every integration that a configuration or an automation gives options to. */
const factories = (
  await Promise.all(
    globSync('src/integrations/*/index.ts', { cwd: root }).map(async (file) => {
      const exported: Record<string, unknown> = await import(pathToFileURL(path.join(root, file)).href)
      const integration = path.basename(path.dirname(file))
      return Object.entries(exported).map(([name, factory]) => ({ name, title: `${integration}.${name}`, factory }))
    }),
  )
)
  .flat()
  .filter((each): each is typeof each & { factory: Factory } => typeof each.factory === 'function')
  .filter(({ name }) => !withoutOptions.has(name))

/** What the function says of options that a compiler would have refused: each option with what is wrong with it. */
function faultsOf(title: string, factory: Factory, options: object): Record<string, string> {
  // In the words of the configuration: `activeDirectory.connector` is that of active-directory.
  const named = new RegExp(`^${title.replaceAll('-', '').replaceAll('.', '\\.')}\\(\\{ (.+) \\}\\)$`, 'i')
  try {
    factory(options)
    return {}
  } catch (error) {
    assert.ok(error instanceof ConfigError, `says ${error}, which names no option`)
    return Object.fromEntries(error.faults.map(({ at, problem }) => [named.exec(at)?.[1] ?? at, problem]))
  }
}

describe('every function of an integration that takes options', () => {
  for (const { name, title, factory } of factories) {
    test(`names one that there is not, and those there are: ${title}`, () => {
      const { nonsense = '' } = faultsOf(title, factory, { nonsense: 1 })

      assert.match(nonsense, /^there is no such option\. Known options: \w+/)
    })

    if (triggers.has(name))
      test(`takes none at all: ${title}`, () => {
        assert.deepEqual(faultsOf(title, factory, {}), {})
      })
    else
      test(`names every one that is missing: ${title}`, () => {
        const faults = Object.entries(faultsOf(title, factory, {}))

        assert.ok(faults.length > 0)
        assert.deepEqual(
          faults.filter(([option, problem]) => !/^\w+$/.test(option) || problem !== 'is missing'),
          [],
        )
      })
  }
})

describe('every sweep', () => {
  const hook = secret('HOOK_SECRET')
  /** The sources that have one, given options of it that a compiler would refuse. */
  const sweeping: Record<string, (sweep: never) => unknown> = {
    'github.source.sweep': (sweep) => github.source({ secret: hook, sweep }),
    'jira.source.sweep': (sweep) => jira.source({ secret: hook, sweep }),
    'jira.dataCenterSource.sweep': (sweep) => jira.dataCenterSource({ secret: hook, sweep }),
    'request-tracker.source.sweep': (sweep) =>
      requestTracker.source({ url: 'https://rt.acme.example', secret: hook, sweep }),
    'splunk.source.sweep': (sweep) => splunk.source({ token: hook, sweep }),
  }

  test('is among those that are looked at here', () => {
    const integrations = everySource()
      .filter(({ definition }) => definition.sweep !== undefined)
      .map(({ definition }) => definition.integration)

    assert.deepEqual(
      Object.keys(sweeping).map((title) => title.split('.')[0]),
      integrations.toSorted(),
    )
  })

  for (const [title, source] of Object.entries(sweeping))
    test(`names the options that there are not, and those that are missing: ${title}`, () => {
      const factory = source as Factory // it takes `never`, so that no type of options is looked at
      const faults = faultsOf(title, factory, { evry: '1m' })

      assert.match(faults.evry ?? '', /did you mean every\?/)
      assert.equal(faults.token, 'is missing')
    })
})
