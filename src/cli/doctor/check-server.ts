import path from 'node:path'
import * as z from 'zod'
import { DeliveryPage, Pause, RecordSending, RunPage } from '../../api/shapes.ts'
import { AdderError } from '../../errors/adder-error.ts'
import { type AdderClient, adderClient } from '../adder-client.ts'
import { NoServer, ServerRefused } from '../server-errors.ts'
import { plain, shownTime } from '../table.ts'
import type { Finding } from './finding.ts'
import { folderOwner } from './folder-owner.ts'

const Ready = z.object({ checks: z.record(z.string(), z.union([z.boolean(), z.string()])) })

const dayMs = 86_400_000
const engineLog = 'engine.log'
const historyFix =
  'No alert is lost by that, and it is tried again by itself. "the history can not be written" in the log of adder start says why.'

interface CheckServerOptions {
  data: string
  /** Whether the configuration says where records go. */
  hasRecords?: boolean
  /** Whether the configuration names an engine that several Adders share. */
  isEngineShared?: boolean
}

/**
 * Asks the running Adder for its engine, its history, what waits for a person or was kept, what is paused, and whether
 * its records are sent.
 */
export async function checkServer({
  data,
  hasRecords = false,
  isEngineShared = false,
}: CheckServerOptions): Promise<Finding[]> {
  const client = adderClient({ data })
  try {
    const { engine, isHistoryWritten } = await checkReady(client, { isEngineShared })
    const history = await checkHistory(client, { isWritten: isHistoryWritten })
    if (!history.isReadable) return [engine, history.found]
    return [
      engine,
      history.found,
      ...(await checkWaiting(client)),
      ...(await checkKept(client)),
      ...(await checkPauses(client)),
      ...(hasRecords ? await checkRecords(client) : []),
    ]
  } catch (error) {
    if (!(error instanceof NoServer)) throw error
    return [unanswered(data)]
  }
}

/** It answers in its folder only when it has started, which it has not for as long as its engine does not answer. */
function unanswered(data: string): Finding {
  const of = 'server'
  const owner = folderOwner(data)
  if (owner === undefined)
    return { of, state: 'warning', says: `no Adder runs on the data folder ${data}`, fix: 'Start it: adder start.' }
  return {
    of,
    state: 'failed',
    says: `Adder (process ${owner}) has the data folder ${data}, and does not answer there; it may still be starting`,
    fix: `Ask again in a minute. If it stays so, its own log says why, or that of its engine: ${path.join(data, engineLog)}.`,
  }
}

async function checkReady(
  client: AdderClient,
  { isEngineShared }: { isEngineShared: boolean },
): Promise<{ engine: Finding; isHistoryWritten: boolean }> {
  const fix = isEngineShared
    ? 'Look whether its servers run, and whether this machine reaches the addresses in the configuration.'
    : `It is started again by itself. If it stays away, "engine ended" in the log of adder start says why, or ${engineLog} in the data folder.`
  const away = (meanwhile: string): Finding => ({
    of: 'engine',
    state: 'failed',
    says: `is away, and runs stand still; ${meanwhile}`,
    fix,
  })
  try {
    const { checks } = await client.get('/ready', Ready)
    return {
      engine:
        checks.engine === true
          ? { of: 'engine', state: 'ok', says: 'answers' }
          : away('what arrives waits in the spool'),
      isHistoryWritten: checks.history !== false,
    }
  } catch (error) {
    if (!(error instanceof ServerRefused)) throw error
    const isFull = error.reasonCode === 'endpoint.not_ready'
    const meanwhile = isFull ? 'the spool takes nothing either, so senders are refused' : error.message
    return { engine: away(meanwhile), isHistoryWritten: true }
  }
}

async function checkHistory(
  client: AdderClient,
  { isWritten }: { isWritten: boolean },
): Promise<{ found: Finding; isReadable: boolean }> {
  const failed = (says: string): Finding => ({ of: 'history', state: 'failed', says, fix: historyFix })
  try {
    const { items } = await client.get('/api/deliveries', DeliveryPage, { limit: 1 })
    const last = items[0]?.receivedAt
    const says = last === undefined ? 'has no delivery yet' : `last delivery at ${last}`
    // What keeps it from being written may let it be read all the same.
    const found: Finding = isWritten
      ? { of: 'history', state: 'ok', says }
      : failed("can't be written; what happens is held until it can")
    return { found, isReadable: true }
  } catch (error) {
    if (!(error instanceof ServerRefused)) throw error
    const isAway = error.reasonCode === 'history.unavailable'
    return { found: failed(isAway ? "is away or damaged: it can't be read" : error.message), isReadable: false }
  }
}

async function checkWaiting(client: AdderClient): Promise<Finding[]> {
  return asked('runs', historyFix, async () => {
    const { items, next } = await client.get('/api/runs', RunPage, { state: 'waiting', limit: 100 })
    if (items.length === 0) return [{ of: 'runs', state: 'ok', says: 'none waits for a person' }]
    const many = `${items.length}${next === undefined ? '' : ' or more'}`
    return [
      {
        of: 'runs',
        state: 'warning',
        says: items.length === 1 && next === undefined ? 'one waits for a person' : `${many} wait for a person`,
        fix: 'See which, and why: adder runs ls --state waiting.',
      },
    ]
  })
}

async function checkKept(client: AdderClient): Promise<Finding[]> {
  const of = 'deliveries'
  return asked(of, historyFix, async () => {
    const since = new Date(Date.now() - dayMs).toISOString()
    const { items, next } = await client.get('/api/deliveries', DeliveryPage, { state: 'kept', since, limit: 100 })
    if (items.length === 0) return [{ of, state: 'ok', says: 'none of the last day was kept unread' }]
    const senders = [...new Set(items.map(({ source }) => source))].join(', ')
    return [
      {
        of,
        state: 'warning',
        says: `${items.length}${next === undefined ? '' : ' or more'} of the last day could not be read and ${items.length === 1 ? 'was' : 'were'} kept, of ${senders}`,
        fix: 'See why: adder deliveries ls --state kept. After a fix: adder deliveries redeliver.',
      },
    ]
  })
}

/** All pauses: one that is meant is seen and left alone, one that is forgotten holds back runs for good. */
async function checkPauses(client: AdderClient): Promise<Finding[]> {
  const of = 'pauses'
  return asked(of, 'See them with adder pause.', async () => {
    const { items } = await client.get('/api/pauses', z.object({ items: z.array(Pause) }))
    if (items.length === 0) return [{ of, state: 'ok', says: 'nothing is paused' }]
    return items.map(({ what, name, since, by, reason }) => {
      const subject = name === undefined ? what : `${what} ${name}`
      const why = reason === undefined ? 'no reason given' : plain(reason)
      return {
        of,
        state: 'warning',
        says: `${subject} since ${shownTime(since)} UTC, by ${plain(by)}: ${why}`,
        fix: `Where that is done with: adder resume ${subject}.`,
      }
    })
  })
}

async function checkRecords(client: AdderClient): Promise<Finding[]> {
  const of = 'records sent'
  return asked(of, 'Start Adder again where the configuration is newer than the running one.', async () => {
    const { to, waiting, oldestAt, sentAt, fault } = await client.get('/api/records', RecordSending)
    const wait = waiting === 0 ? 'none waits' : `${waiting} wait, the oldest of ${oldestAt}`
    if (fault === undefined)
      return [{ of, state: 'ok', says: `${sentAt === undefined ? 'none yet' : `the last at ${sentAt}`}; ${wait}` }]
    return [
      {
        of,
        state: 'failed',
        says: `not since ${fault.since}: ${fault.reason}; ${wait}`,
        fix: `None is lost, and they are sent when ${to} takes them. Check its address, token and index.`,
      },
    ]
  })
}

async function asked(of: string, fix: string, ask: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof NoServer || !(error instanceof AdderError)) throw error
    return [{ of, state: 'failed', says: error.message, fix }]
  }
}
