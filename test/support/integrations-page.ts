import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Connector, ConnectorDefinition } from '../../src/connectors/connector.ts'
import type { Effect, Once } from '../../src/connectors/effect.ts'
import type { FreshFor } from '../../src/connectors/fresh-for.ts'
import { defaultPolicy } from '../../src/engine/engine.ts'
import type { SourceDefinition } from '../../src/intake/source.ts'
import { root } from './adder-process.ts'
import type { EverySource } from './every-source.ts'

type AnyEffect = Effect<unknown, unknown>

/** What an integration has under one title: most have one. */
interface Integration {
  name: string
  title: string
  docs: string
  connector?: Connector
  source?: SourceDefinition
}

const searchedForSeconds = defaultPolicy.searchForMs / 1000

/** docs/integrations.md, from what the integrations declare and how their READMEs say they are set up. */
export function integrationsPage(
  definitions: readonly ConnectorDefinition<Connector>[],
  sources: readonly EverySource[],
): string {
  const integrations = [...integrationsOf(definitions, sources)].sort((a, b) => a.title.localeCompare(b.title))
  const sections = integrations.flatMap((each, index) =>
    section(each, { isFirst: integrations.findIndex(({ name }) => name === each.name) === index }),
  )
  return `${[introduction, overview(integrations), ...sections].join('\n\n')}\n`
}

/** The part of an integration's README that says how the other side is set up, and which rights it needs. */
export function setUp(integration: string): string | undefined {
  const readme = readFileSync(path.join(root, 'src/integrations', integration, 'README.md'), 'utf8')
  const [, text] = /^## Set up\n\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(readme) ?? []
  return text?.trim()
}

const introduction = `# Integrations

Written by \`npm run docs\` from what the integrations declare; a test compares. How effects are made once, and what
happens in doubt, is explained in [effects](effects.md); quotas in [quotas](quotas.md); what has no integration here, in
[Ask another system](http-connectors.md).`

function integrationsOf(
  definitions: readonly ConnectorDefinition<Connector>[],
  sources: readonly EverySource[],
): Iterable<Integration> {
  const byTitle = new Map<string, Integration>()
  for (const { integration: name, title, docs, connect } of definitions)
    byTitle.set(title, { name, title, docs, connector: connect() })
  for (const { title, definition: source } of sources)
    byTitle.set(title, { name: source.integration, title, docs: source.docs, ...byTitle.get(title), source })
  return byTitle.values()
}

function overview(integrations: readonly Integration[]): string {
  const rows = integrations.map(({ title, name, connector, source }) => {
    const { lookups = {}, effects = {} } = connector ?? {}
    const cells = [
      `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`,
      `\`adderjs/${name}\``,
      connector !== undefined && 'site' in connector ? 'yes' : '',
      names(Object.keys(lookups)),
      names(Object.keys(effects)),
      sends(source),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| system | import | holds tickets | asked for | changed | sends |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

/** @param isFirst of its integration, whose README is there once. */
function section({ name, title, docs, connector, source }: Integration, { isFirst }: { isFirst: boolean }): string[] {
  const built = `\`adderjs/${name}\`, [its source](../src/integrations/${name}), built from <${docs}>.`
  const said = isFirst ? setUp(name)?.replaceAll('](../../../docs/', '](') : undefined
  return [
    `## ${title}`,
    built,
    ...(connector === undefined ? [] : [...asking(connector), ...effects(connector)]),
    ...(source === undefined ? [] : [received(source)]),
    ...(said === undefined ? [] : [said]),
  ]
}

function asking({ lookups, quota = [], freshFor: freshForAll = {} }: Connector): string[] {
  const windows = quota.map(({ requests, per }) => `${requests.toLocaleString('en')} a ${per}`)
  const fresh = Object.keys(lookups).flatMap((name) => {
    const freshFor: FreshFor | undefined = freshForAll[name]
    return freshFor === undefined ? [] : [`\`${name}\` ${freshness(freshFor)}`]
  })
  return [
    ...(windows.length === 0 ? [] : [`Quota: ${windows.join(', ')}.`]),
    ...(fresh.length === 0 ? [] : [`Answers are used again for: ${fresh.join(', ')}.`]),
  ]
}

function freshness({ found, notFound }: FreshFor): string {
  return notFound === '0s' || notFound === found ? found : `${found}; "not found" ${notFound}`
}

function effects({ effects }: Connector): string[] {
  const rows = Object.entries(effects as Record<string, AnyEffect>).map(effectRow)
  if (rows.length === 0) return ['Nothing is changed.']
  return [['| effect | made once | time-out | in doubt |', '|---|---|---|---|', ...rows].join('\n')]
}

function received({ name, authentication, sweep }: SourceDefinition): string {
  if (authentication.kind === 'queue') return 'Adder reads a queue of it; nothing is sent to a hook.'
  const proof =
    authentication.kind === 'url-token'
      ? 'with a token in its address or in a header'
      : `${authentication.kind === 'signature' ? 'signed' : 'with a token'} in \`${authentication.header}\``
  const swept = sweep === undefined ? '' : ' What it does not bring can be asked for.'
  return `Received at \`POST /hooks/${name}\`, ${proof}.${swept}`
}

function effectRow([name, effect]: [string, AnyEffect]): string {
  const { timeoutMs = 20_000 } = effect
  return `| \`${name}\` | ${effect.once} | ${timeoutMs / 1000} s | ${inDoubt(effect)} |`
}

function inDoubt(effect: AnyEffect): string {
  if (effect.once === 'by marker' && effect.finding === 'lagging')
    return `a search finds it, which lags: it is repeated for ${searchedForSeconds} s (\`effects.searchForSeconds\`). Not found, and no attempt was answered: it waits for a person, or is made again (\`effects.whenUnknown\`)`
  const words: Record<Once, string> = {
    'by key': 'it is sent again with its key, which changes nothing',
    'by marker': 'one read finds it, and it is made again where it is not there',
    'by state': 'the present state is read, and it is made again where it is not so',
    'at least once': '**it is made again, and may be there twice**',
  }
  return words[effect.once]
}

function sends(source: SourceDefinition | undefined): string {
  if (source === undefined) return ''
  if (source.authentication.kind === 'queue') return 'a queue'
  return source.sweep === undefined ? 'webhooks' : 'webhooks, swept'
}

function names(all: readonly string[]): string {
  return all.map((name) => `\`${name}\``).join(', ')
}
