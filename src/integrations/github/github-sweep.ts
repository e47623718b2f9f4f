import { answeredAt } from '../../connectors/answered-at.ts'
import { type Duration, durationMs } from '../../connectors/duration.ts'
import { type HttpAnswer, parseAnswer, path } from '../../connectors/http-client.ts'
import { isSafeAddress } from '../../connectors/is-safe-address.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Listed, NextCall, SweepDefinition } from '../../intake/sweep.ts'
import { ListedIsGone } from '../../intake/sweep-errors.ts'
import type { Secret } from '../../secrets/secret.ts'
import { type GitHubClient, gitHubApi, gitHubClient, pageSize, repositoryPath } from './github-client.ts'
import {
  DeliveriesPage,
  DeliveryObject,
  eventHeader,
  HookObject,
  isTold,
  type ListedDelivery,
  repositoryName,
  Webhook,
} from './schema.ts'

export interface GitHubSweepOptions {
  /** Whose webhook it is: a repository (`acme/shop`) or an organization (`acme`). */
  of: string
  /** The webhook's id: the number at the end of the address of its page in the settings. */
  hook: number
  /** A token that may read that webhook, and nothing else. */
  token: Secret
  /** The API's address. Default `https://api.github.com`; of an Enterprise Server `https://<host>/api/v3`. */
  url?: string
  /** The rest between two sweeps, at least a second. Default `5m`. */
  every?: Duration
}

/** Answers of Adder's that say that it has kept the delivery. */
const keptStatuses: readonly number[] = [400, 415, 422]

/**
 * Asks GitHub for the deliveries that did not arrive: those that got no answer, or one that says that they were not taken
 * in, and that nobody has sent again since. GitHub keeps them for three days and sends none again by itself.
 *
 * @throws ConfigError where the webhook or the address is none, or the rest is too short.
 *
 * https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook (November 2026)
 */
export function gitHubSweep(options: GitHubSweepOptions): SweepDefinition<Webhook> {
  expectOptions('github.source.sweep', options, {
    of: 'string',
    hook: 'any',
    token: 'any',
    url: 'string?',
    every: 'any?',
  })
  const { of, hook, token, url = gitHubApi, every = '5m' } = options
  const everyMs = durationMs(every)
  checkOptions({ of, hook, url, everyMs })
  return {
    secrets: [token],
    everyMs,
    connect() {
      const client = gitHubClient({ url, token })
      const owner = of.includes('/') ? repositoryPath(of) : path`/orgs/${of}`
      const at = owner + path`/hooks/${String(hook)}`
      return {
        now: async (call) => answeredAt(await client.send({ path: at, ...call() })),
        list: (since, call) => listMissed(client, { at, since, call }),
        async probe(call) {
          const { json } = await client.send({ path: at, ...call() })
          return faultsOf(parseAnswer(HookObject, json, 'GitHub: webhook'))
        },
      }
    },
  }
}

interface Listing {
  /** The webhook's path. */
  at: string
  since: Date
  call: NextCall
}

/** GitHub lists the newest first. */
async function listMissed(client: GitHubClient, { at, since, call }: Listing): Promise<Listed<Webhook>[]> {
  const deliveries: ListedDelivery[] = []
  let cursor: string | undefined
  do {
    const query = { per_page: pageSize, cursor }
    const answer = await client.send({ path: `${at}/deliveries`, query, ...call() })
    const page = parseAnswer(DeliveriesPage, answer.json, 'GitHub: deliveries')
    const recent = page.filter(({ delivered_at }) => Date.parse(delivered_at) >= since.getTime())
    deliveries.push(...recent)
    cursor = recent.length === page.length ? nextCursor(answer) : undefined
  } while (cursor !== undefined)

  const arrived = new Set(deliveries.filter(hasArrived).map(({ guid }) => guid))
  return deliveries
    .filter(({ guid, event, action }) => !arrived.has(guid) && isTold(event, action))
    .map((delivery) => listedDelivery(client, { at, delivery }))
}

function hasArrived({ status_code }: ListedDelivery): boolean {
  return (status_code >= 200 && status_code < 300) || keptStatuses.includes(status_code)
}

/** Of the link to the next page only what says where it begins: Adder asks where it is configured to. */
function nextCursor({ headers }: HttpAnswer): string | undefined {
  const next = /<([^<>]{1,2000})>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1]
  return URL.parse(next ?? '')?.searchParams.get('cursor') ?? undefined
}

function listedDelivery(
  client: GitHubClient,
  { at, delivery }: { at: string; delivery: ListedDelivery },
): Listed<Webhook> {
  const { id, guid, event, action, delivered_at } = delivery
  return {
    id: guid,
    at: new Date(delivered_at),
    async *read(call) {
      const { json } = await client.send({ path: at + path`/deliveries/${id}`, ...call() })
      const { payload } = parseAnswer(DeliveryObject, json, `GitHub: delivery ${guid}`).request
      if (payload === null)
        throw new ListedIsGone(`GitHub has the content of delivery ${guid} no more`, { known: { event, action } })
      yield [parseAnswer(Webhook, { ...payload, [eventHeader]: event }, `GitHub: delivery ${guid}`)]
    },
  }
}

function faultsOf({ active, config, events }: HookObject): string[] {
  return [
    ...(active ? [] : ['GitHub has switched the webhook off: make it active in its settings']),
    ...(config.content_type === 'json' ? [] : ['the webhook sends forms: set its content type to application/json']),
    ...(events.some((event) => event === '*' || isTold(event))
      ? []
      : ['the webhook is for none of pull requests, issues and issue comments: select them in its settings']),
  ]
}

function checkOptions({ of, hook, url, everyMs }: { of: string; hook: number; url: string; everyMs: number }): void {
  const faults: ConfigFault[] = []
  const address = URL.parse(url)
  if (address === null || !isSafeAddress(address))
    faults.push({ at: 'sources.github.sweep.url', problem: 'write it as https://<host>/api/v3' })
  if (!repositoryName.test(of) && !/^[\w-]{1,100}$/.test(of))
    faults.push({
      at: 'sources.github.sweep.of',
      problem: 'write a repository as acme/shop or an organization as acme',
    })
  if (!Number.isSafeInteger(hook) || hook < 1)
    faults.push({ at: 'sources.github.sweep.hook', problem: "write the webhook's id, a number" })
  if (everyMs < 1000) faults.push({ at: 'sources.github.sweep.every', problem: 'must be at least 1s' })
  if (faults.length > 0) throw new ConfigError(faults)
}
