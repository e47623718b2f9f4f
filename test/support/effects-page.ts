import type { Connector, ConnectorDefinition } from '../../src/connectors/connector.ts'
import type { Effect, Once } from '../../src/connectors/effect.ts'
import { defaultPolicy } from '../../src/engine/engine.ts'

type AnyEffect = Effect<unknown, unknown>

const searchedForSeconds = defaultPolicy.searchForMs / 1000

/** docs/effects.md, from what the connectors declare. */
export function effectsPage(definitions: readonly ConnectorDefinition<Connector>[]): string {
  const connected = definitions.map((definition) => ({ ...definition, effects: effectsOf(definition) }))
  const writing = connected.filter(({ effects }) => effects.length > 0)
  const asking = connected.filter(({ effects }) => effects.length === 0)
  const parts = [
    introduction,
    ...writing.map(({ title, docs, integration, effects }) =>
      [
        `## ${title}`,
        `[\`${integration}\`](../src/integrations/${integration}), built from <${docs}>.`,
        ['| effect | made once | time-out | in doubt |', '|---|---|---|---|', ...effects.map(row)].join('\n'),
      ].join('\n\n'),
    ),
    ...(asking.length === 0 ? [] : [`${asking.map(({ title }) => title).join(', ')}: only asked. Nothing is changed.`]),
  ]
  return `${parts.join('\n\n')}\n`
}

const introduction = `# Effects: what Adder changes elsewhere

Written by \`npm run docs\` from what the connectors declare; a test compares.

An effect is a step of a run that changes an outside system. It is made once, whatever is killed and whenever: it has a
*marker*, the same for every attempt and every re-run, by which what was made is known again. \`adder runs show\` lists
the effects of a run with their markers and pages.

An effect is *in doubt* when an attempt at it came to no certain end: Adder or the engine was killed, the connection was
cut, no answer came in time, or the answer was an error of the server's. What happens then depends on what the outside
system offers:

- **by key**: it deduplicates by the marker itself.
- **by marker**: it keeps the marker with the thing, so the thing is looked for before it is made again.
- **by state**: its present state is read, and what is already so is not made again.
- **at least once**: nothing can tell. In doubt it is made again, and may be there twice.

A write can go on elsewhere after the connection to it was cut, so what was looked for and is not there is made only
when its time-out and a second have passed. What is refused (400, 403, 404) was not made, is not tried again, and ends
in the run as an error.

A ticket is known by its id, so one that was moved to another project goes on under its new key. A ticket that was
deleted, or that Adder's account may not see any more, ends what a run had left to do on it with \`ticket.gone\`.

Where a ticket was made again because nobody answered, and the first turns up later (in a search, or by Jira's own
webhook), both are told of each other in a comment, and the log says so. The run goes on in the one that it has; a
search takes the older one. Adder does this itself, in a run of \`adder.doubled-tickets\`.

Why it is done in this way: [decision 3](decisions/0003-answered-and-unanswered-writes.md).`

function effectsOf(definition: ConnectorDefinition<Connector>): [name: string, effect: AnyEffect][] {
  return Object.entries(definition.connect().effects)
}

function row([name, effect]: [string, AnyEffect]): string {
  return `| \`${name}\` | ${effect.once} | ${timeoutSeconds(effect)} s | ${inDoubt(effect)} |`
}

function timeoutSeconds({ timeoutMs = 20_000 }: AnyEffect): number {
  return timeoutMs / 1000
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
