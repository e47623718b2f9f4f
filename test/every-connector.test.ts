import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { root } from './support/adder-process.ts'
import { everyConnector, everyOperation } from './support/every-connector.ts'
import { everySource } from './support/every-source.ts'
import { integrationsPage, setUp } from './support/integrations-page.ts'

const definitions = everyConnector().map(({ definition }) => definition)
const effects = definitions.flatMap((definition) =>
  Object.entries(definition.connect().effects).map(([name, effect]) => ({
    name: `${definition.integration}.${name}`,
    effect,
  })),
)

describe('every connector', () => {
  test('of an integration is among those that are looked at here', () => {
    const folders = globSync('src/integrations/*/{connector,ticketing,*-ticketing}.ts', { cwd: root }).map((file) =>
      path.basename(path.dirname(file)),
    )

    assert.deepEqual(definitions.map(({ integration }) => integration).toSorted(), folders.toSorted())
  })

  test('is in docs/integrations.md with its effects; `npm run docs` writes the page', (t) => {
    t.assert.fileSnapshot(integrationsPage(definitions, everySource()), path.join(root, 'docs/integrations.md'), {
      serializers: [(page: string) => page],
    })
  })

  for (const { integration, docs } of definitions)
    test(`names the vendor's documentation that it was built from: ${integration}`, () => {
      assert.equal(URL.parse(docs)?.protocol, 'https:')
    })
})

describe('every integration', () => {
  const folders = globSync('src/integrations/*/', { cwd: root }).map((folder) => path.basename(folder))

  test('that sends is among the sources of docs/integrations.md', () => {
    const sending = globSync('src/integrations/*/{source,*-source}.ts', { cwd: root }).map((file) =>
      path.basename(path.dirname(file)),
    )

    assert.deepEqual(
      everySource()
        .map(({ definition }) => definition.integration)
        .toSorted(),
      sending.toSorted(),
    )
  })

  for (const folder of folders.filter((each) => existsSync(path.join(root, 'src/integrations', each, 'stand-in.ts'))))
    test(`has a stand-in that says from which page it was built, and when that was read: ${folder}`, () => {
      const comments = globSync(`src/integrations/${folder}/stand-in*.ts`, { cwd: root })
        .flatMap((file) => readFileSync(path.join(root, file), 'utf8').split('*/'))
        .map((text) => text.slice(text.lastIndexOf('/**')).replaceAll(/\s+\* /g, ' '))

      assert.ok(comments.some((comment) => /https:\/\/.*[A-Z][a-z]+ 20\d\d/s.test(comment)))
    })

  for (const folder of folders)
    test(`says in its README how the other side is set up: ${folder}`, () => {
      assert.ok((setUp(folder) ?? '').length > 40, `src/integrations/${folder}/README.md lacks "## Set up"`)
    })
})

describe('every look-up and every effect', () => {
  for (const operation of everyOperation)
    test(`has an input that it is tested with in test/support/every-connector.ts: ${operation.name}`, () => {
      assert.ok('input' in operation)
    })
})

describe('every effect', () => {
  for (const { name, effect } of effects) {
    test(`says how it is made once: ${name}`, () => {
      assert.ok(['by key', 'by marker', 'by state', 'at least once'].includes(effect.once))
    })

    test(`can be found by what it says of itself: ${name}`, () => {
      const isFound = effect.find !== undefined

      assert.equal(isFound, effect.once === 'by marker' || effect.once === 'by state')
      assert.equal(isFound, effect.finding !== undefined)
    })

    test(`has a time-out that leaves time for a look within the minute of a step: ${name}`, () => {
      assert.ok((effect.timeoutMs ?? 20_000) <= 50_000)
    })
  }
})
