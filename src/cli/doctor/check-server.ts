import * as z from 'zod'
import { DeliveryPage, RecordSending, RunPage } from '../../api/shapes.ts'
import { AdderError } from '../../errors/adder-error.ts'
import { type AdderClient, adderClient } from '../adder-client.ts'
import { NoServer } from '../server-errors.ts'
import type { Finding } from './finding.ts'

const Ready = z.object({ checks: z.record(z.string(), z.union([z.boolean(), z.string()])) })

interface CheckServerOptions {
  data: string
  /** Whether the configuration says where records go. */
  hasRecords?: boolean
}

/** Asks the running Adder for its engine, its history, what waits for a person, and whether its records are sent. */
export async function checkServer({ data, hasRecords = false }: CheckServerOptions): Promise<Finding[]> {
  const client = adderClient({ data })
  try {
    return [
      ...(await checkEngine(client)),
      ...(await checkHistory(client)),
      ...(await checkWaiting(client)),
      ...(hasRecords ? await checkRecords(client) : []),
    ]
  } catch (error) {
    if (!(error instanceof NoServer)) throw error
    return [
      {
        of: 'server',
        state: 'warning',
        says: `no Adder runs on the data folder ${data}`,
        fix: 'Start it: adder start.',
      },
    ]
  }
}

async function checkEngine(client: AdderClient): Promise<Finding[]> {
  return asked('engine', 'Look for errors in the log of adder start.', async () => {
    const { checks } = await client.get('/ready', Ready)
    // Without the engine Adder still takes deliveries in, as long as they have room.
    if (checks.engine === true) return [{ of: 'engine', state: 'ok', says: 'answers' }]
    return [
      {
        of: 'engine',
        state: 'failed',
        says: 'is away; what arrives waits in the spool',
        fix: 'It is started again by itself. If it stays away, look for "engine ended" in the log of adder start.',
      },
    ]
  })
}

async function checkHistory(client: AdderClient): Promise<Finding[]> {
  return asked('history', 'Look for errors of the history in the log of adder start.', async () => {
    const { items } = await client.get('/api/deliveries', DeliveryPage, { limit: 1 })
    const last = items[0]?.receivedAt
    return [
      { of: 'history', state: 'ok', says: last === undefined ? 'has no delivery yet' : `last delivery at ${last}` },
    ]
  })
}

async function checkWaiting(client: AdderClient): Promise<Finding[]> {
  return asked('runs', 'Look for errors of the history in the log of adder start.', async () => {
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
