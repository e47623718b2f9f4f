import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { deliveryEndpoints } from './api/delivery-endpoints.ts'
import { findEndpoint } from './api/find-endpoint.ts'
import { pauseEndpoints } from './api/pause-endpoints.ts'
import { quotaEndpoint } from './api/quota-endpoint.ts'
import { recordsEndpoint } from './api/records-endpoint.ts'
import { runEndpoints } from './api/run-endpoints.ts'
import { steering } from './api/steer-runs.ts'
import { suppressionsEndpoint } from './api/suppressions-endpoint.ts'
import { type Heartbeat, heartbeat } from './app-heartbeat.ts'
import { appHistory } from './app-history.ts'
import { type SendingRecords, sendingRecords } from './app-records.ts'
import { reportDoubledTickets } from './automations/doubled-tickets.ts'
import type { AdderEvent } from './automations/event.ts'
import { keepOwn } from './automations/keep-own.ts'
import { plainConnectors } from './automations/plain-connectors.ts'
import { programs } from './automations/programs.ts'
import { suppressing } from './automations/suppressing.ts'
import type { EffectsConfig } from './config/define-config.ts'
import type { Project } from './config/project.ts'
import { createServer } from './endpoints/create-server.ts'
import { type LocalListener, listenLocally } from './endpoints/local-operator.ts'
import { defaultPolicy, type Engine, startEngine } from './engine/engine.ts'
import { EngineUnavailable } from './engine/engine-errors.ts'
import type { EngineProcessEvent } from './engine/engine-process.ts'
import type { Observation, Observe } from './engine/observation.ts'
import type { StepPolicy } from './engine/steps.ts'
import { openedUnder } from './history/opened-under.ts'
import { postgresStore } from './history/postgres-store.ts'
import { sqliteStore } from './history/sqlite-store.ts'
import { capture } from './intake/capture.ts'
import type { Commit } from './intake/commit-events.ts'
import type { Deliveries } from './intake/delivery.ts'
import { engineCommit } from './intake/engine-commit.ts'
import { handOver } from './intake/hand-over.ts'
import { hookEndpoints } from './intake/hook-endpoints.ts'
import { intake } from './intake/intake.ts'
import { keptDeliveries } from './intake/kept-deliveries.ts'
import { readKept } from './intake/read-kept.ts'
import { readingQueues } from './intake/reading-queues.ts'
import { redeliver } from './intake/redeliver.ts'
import { requestEndpoints } from './intake/request-endpoints.ts'
import { Spool } from './intake/spool.ts'
import { sweepMarks } from './intake/sweep-marks.ts'
import { sweeping } from './intake/sweeping.ts'
import { isOwn } from './observables/is-own.ts'
import type { RedactionRule } from './secrets/redact.ts'

export interface AppOptions {
  project: Project
  /** Belongs to one Adder. */
  dataFolder: string
  log: Logger
  /** In the documentation. */
  version: string
  /** Every delivery that arrives is written here too, redacted. */
  captureFolder?: string | undefined
  /** Told what happens in runs, besides the log. */
  observe?: Observe
  /** Other waits than the usual ones, for tests. */
  policy?: Partial<StepPolicy>
}

/** One Adder, put together. */
export interface App {
  /** Not listening yet. */
  server: FastifyInstance
  /** Those that its endpoints ask of a token. */
  scopes: readonly string[]
  /** Takes an event in. */
  commit: Commit
  /** Starts the engine on the data folder, and with it the runs that were under way. */
  start(): Promise<Engine<AdderEvent>>
  /** Resolves early in the start, as soon as deliveries can be taken in; rejects where the start fails before. */
  opened(): Promise<void>
  /**
   * Ends within three seconds: requests in flight have half a second to be answered, and effects meanwhile a second to
   * be made; the engine has another to end. Runs under way go on after the next start. A start that is not done is given
   * up.
   */
  close(): Promise<void>
}

/** Where in the data folder the server answers the local operator. */
export const localSocket = 'api.sock'

/** How long requests in flight have to be answered when Adder stops, in milliseconds. */
const answersWithinMs = 500

/** How long the engine has for a delivery before that is spooled, in milliseconds. */
const spoolAfterMs = 2000

/**
 * Puts the parts together; nothing listens and nothing runs before `start`.
 *
 * @throws ConfigError where the endpoints don't fit together.
 */
export function createApp({ project, dataFolder, log, version, captureFolder, observe, policy }: AppOptions): App {
  const { config, endpoints, suppressions = [] } = project
  const own = config.ticketing === undefined ? [] : [reportDoubledTickets(log.warn.bind(log))]
  const automations = [...project.automations, ...own]
  const { retentionDays = 30, tokens = [], before = [], after = [], sources = [] } = config
  const connectors = new Map(
    Object.entries(config.connectors ?? {}).map(([name, definition]) => [name, definition.connect()]),
  )
  const ticketing = config.ticketing && { name: config.ticketing.integration, port: config.ticketing.connect() }
  const records = config.records && { title: config.records.title, port: config.records.connect() }
  const keepingOwn = keepOwn(isOwn(config.own))
  const redactions: RedactionRule[] = ['payment-card', 'us-ssn', ...(config.redact ?? [])]
  let engine: Engine<AdderEvent> | undefined
  let local: LocalListener | undefined
  let beating: Heartbeat | undefined
  let sending: SendingRecords | undefined
  let starting: Promise<Engine<AdderEvent>> | undefined
  const stopping = new AbortController()
  const opened = Promise.withResolvers<void>()
  // Whoever started it is told too.
  opened.promise.catch(() => undefined)
  const committing = {
    ticketing: ticketing?.port,
    openedUnder: (marker: string) => history.ask((db) => openedUnder(db, marker)),
  }
  const commit = engineCommit(() => engine, committing)
  const keptFolder = path.join(dataFolder, 'deliveries', 'kept')
  const kept = keptDeliveries({ folder: keptFolder, log })
  const store =
    config.history === undefined ? sqliteStore(path.join(dataFolder, 'history.db')) : postgresStore(config.history.url)
  const past = appHistory({
    store,
    keptFolder,
    automations,
    retentionDays,
    keepsUnsent: records !== undefined,
    log,
  })
  const { history } = past
  const holdingOff = suppressing({
    suppressions,
    onFault: (suppression, error) =>
      log.warn({ suppression, error: String(error) }, 'a suppression could not be decided, and suppresses nothing'),
  })
  const taking = { commit, redactions, retentionDays, log }
  const spool = new Spool({ file: path.join(dataFolder, 'spool.db'), log })
  const commitSoon = engineCommit(() => engine, { ...committing, patienceMs: spoolAfterMs })
  const deliveries: Deliveries = {
    record: async (delivery) => {
      await kept.record(delivery)
      await past.deliveries.record(delivery)
    },
  }
  const marks = sweepMarks({ folder: path.join(dataFolder, 'sweeps'), log })
  const sweeps = sweeping({ ...taking, commit: commitSoon, spool, sources, deliveries, marks })
  const arriving = {
    ...taking,
    commit: commitSoon,
    sources,
    deliveries,
    ...(captureFolder === undefined ? {} : { capture: capture(captureFolder) }),
  }
  const queues = readingQueues(arriving)
  // What can't be taken in again is not kept again: whoever asked for it is told.
  const again = intake({
    ...taking,
    deliveries: { record: (each) => (each.state === 'kept' ? undefined : past.deliveries.record(each)) },
  })

  const served = [
    ...hookEndpoints({ ...arriving, spool }),
    ...requestEndpoints({ automations, commit, redactions }),
    ...deliveryEndpoints({
      history,
      readKept: (delivery) => readKept(keptFolder, delivery),
      redeliver: redeliver({ sources, intake: again }),
    }),
    ...runEndpoints({ history, steering: steering({ history, engine: () => engine }) }),
    findEndpoint({ history }),
    quotaEndpoint({ quotas }),
    ...(records === undefined ? [] : [recordsEndpoint({ history, to: records.title })]),
    suppressionsEndpoint({ history, suppressions }),
    ...pauseEndpoints({
      pauses: () => engine?.pauses,
      history,
      automations: automations.map(({ name }) => name),
      connectors: [...connectors.keys(), ...(ticketing === undefined ? [] : [ticketing.name])],
      log,
    }),
    ...endpoints,
  ]
  const server = createServer({
    endpoints: served,
    tokens,
    before,
    after,
    context: plainConnectors(connectors, {
      askShared: async (...asking) => running().ask(...asking),
      keepOwn: keepingOwn,
    }),
    ready: async () => {
      const checks = await wellness()
      return { isReady: checks.engine || checks.spool, checks }
    },
    log,
    version,
    trustedProxies: config.server?.trustedProxies ?? [],
  })

  const scopes = new Set(served.flatMap(({ auth }) => (auth.kind === 'open' ? [] : auth.scheme.scopes)))

  return { server, scopes: [...scopes].sort(), commit, start, opened: () => opened.promise, close }

  function running(): Engine<AdderEvent> {
    if (engine === undefined) throw new EngineUnavailable('Adder is starting')
    return engine
  }

  async function quotas() {
    const asked = [...connectors].map(
      async ([name, { quota = [] }]) => [name, quota.length === 0 ? undefined : await running().quota(name)] as const,
    )
    return new Map(await Promise.all(asked))
  }

  async function wellness() {
    return { engine: (await engine?.isReady()) ?? false, spool: spool.hasRoom, history: history.isWell }
  }

  function start(): Promise<Engine<AdderEvent>> {
    starting ??= begin()
    starting.catch(opened.reject)
    return starting
  }

  async function begin(): Promise<Engine<AdderEvent>> {
    // Before the engine begins to call: with many runs under way there is no time for the server's own start.
    await server.ready()
    engine = await startEngine({
      dataFolder,
      cluster: config.engine,
      programs: past.told(
        programs({ automations, connectors, ticketing, keepOwn: keepingOwn, suppressing: holdingOff }),
      ),
      connectors,
      policy: { ...defaultPolicy, ...effectPolicy(config.effects), ...policy },
      retentionDays,
      observe: (observation) => {
        logObservation(log, observation)
        past.observe(observation)
        observe?.(observation)
      },
      log: (event) => logEngine(log, event),
      owned: () => {
        spool.open()
        opened.resolve()
      },
      signal: stopping.signal,
    })
    await past.open(engine)
    spool.handOverTo({
      handOver: handOver({ ...taking, commit: commitSoon, deliveries: past.deliveries }),
      recorded: () => history.ask(async () => undefined),
    })
    sweeps.start()
    queues.start()
    if (records !== undefined) sending = sendingRecords({ ...records, history, log })
    if (config.heartbeat !== undefined) {
      const { url, everySeconds = 60 } = config.heartbeat
      beating = heartbeat({ url, everyMs: everySeconds * 1000, checks: wellness, log })
    }
    local = await listenLocally(server, path.join(dataFolder, localSocket))
    return engine
  }

  async function close(): Promise<void> {
    stopping.abort()
    // Whoever started it is told.
    await starting?.catch(() => undefined)
    void engine?.endWrites()
    const read = queues.close()
    await beating?.close()
    const impatient = setTimeout(() => server.server.closeAllConnections(), answersWithinMs)
    await local?.close()
    await server.close()
    clearTimeout(impatient)
    await read
    // It asks the engine, and its question ends with the engine at the latest.
    const filled = past.stopFilling()
    const swept = sweeps.close()
    const sent = sending?.close()
    await engine?.close()
    await Promise.all([filled, swept, sent, spool.close()])
    await past.close()
    const ports = [...connectors.values(), ticketing?.port, records?.port]
    await Promise.all(ports.map((port) => port?.close()))
  }
}

function effectPolicy({ searchForSeconds, whenUnknown }: EffectsConfig = {}): Partial<StepPolicy> {
  return {
    ...(searchForSeconds === undefined ? {} : { searchForMs: searchForSeconds * 1000 }),
    ...(whenUnknown === undefined ? {} : { whenUnknown }),
  }
}

function logObservation(log: Logger, observation: Observation): void {
  const { kind, ...fields } = observation
  if (kind === 'run failed' || kind === 'waiting') log.error(fields, kind)
  else if (kind === 'run started' || kind === 'intended') log.debug(fields, kind)
  else if (observation.kind === 'step' && observation.result !== 'done') log.warn(fields, kind)
  else log.info(fields, kind)
}

function logEngine(log: Logger, event: EngineProcessEvent): void {
  if (event.kind === 'engine ended') {
    const { kind, ...fields } = event
    log.warn(fields, kind)
  } else {
    // `pid` is Adder's own in every line.
    const { kind, pid: enginePid, ...fields } = event
    log.info({ ...fields, enginePid }, kind)
  }
}
