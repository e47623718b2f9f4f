import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { startTalk } from './support/talk.ts'
import { tempProject } from './support/temp-project.ts'
import { until } from './support/until.ts'

const doors = `
import { secret } from 'adderjs'
import * as webhook from 'adderjs/webhook'
import * as z from 'zod'

export const doors = webhook.source({
  name: 'doors',
  authentication: webhook.signature({
    secret: secret('DOORS_HOOK_SECRET'),
    secretEncoding: 'base64',
    header: 'webhook-signature',
    prefix: 'v1,',
    encoding: 'base64',
    signed: '{id}.{timestamp}.{body}',
    timestamp: { header: 'webhook-timestamp' },
    idHeader: 'webhook-id',
  }),
  from: ['127.0.0.0/8'],
  schema: z.object({ type: z.string(), user: z.string(), at: z.iso.datetime({ offset: true }) }),
  event: ({ at, ...data }, headers) => ({ identity: [String(headers['webhook-id'])], at: new Date(at), data }),
})
`

const denied = `
import { automation } from 'adderjs'
import * as webhook from 'adderjs/webhook'
import { doors } from '../doors.ts'

export const denied = automation({
  name: 'denied',
  on: webhook.received(doors, { says: 'type is "denied"', holds: ({ type }) => type === 'denied' }),
  run: ({ event, tickets }) => tickets.open({ summary: 'Kept out: ' + event.user }),
})
`

const config = `
import talk from '../../../examples/talk/adder.config.ts'
import { doors } from './doors.ts'

export default { ...talk, sources: [...talk.sources, doors] }
`

test('what a source by configuration delivers twice opens one ticket, and what its automation does not ask for none', async (t) => {
  const project = tempProject((cleanUp) => t.after(cleanUp), { 'denied.ts': denied })
  writeFileSync(path.join(project.folder, 'doors.ts'), doors)
  writeFileSync(path.join(project.folder, 'adder.config.ts'), config)
  const env = { DOORS_HOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }
  const talk = await startTalk((cleanUp) => t.after(cleanUp), { project: project.folder, env })

  const post = async (id: string, type: string) => {
    const body = JSON.stringify({ type, user: 'mlisa', at: new Date().toISOString() })
    const seconds = Math.floor(Date.now() / 1000)
    const key = Buffer.from(env.DOORS_HOOK_SECRET.slice('whsec_'.length), 'base64')
    const response = await fetch(`${talk.adder.url}/hooks/doors`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`,
      },
    })
    const { events } = (await response.json()) as { events: { state: string }[] } // a receipt
    return events.map(({ state }) => state)
  }
  const id = `msg_${randomUUID()}`

  assert.deepEqual(await post(id, 'opened'), ['accepted'])
  const other = `msg_${randomUUID()}`
  assert.deepEqual(await post(other, 'denied'), ['accepted'])
  assert.deepEqual(await post(other, 'denied'), ['duplicate'])
  await until('the ticket is there', () => talk.tickets('mlisa').length > 0, { withinMs: 60_000 })
  await talk.idle()

  assert.deepEqual(
    talk.tickets('mlisa').map(({ fields }) => fields.summary),
    ['Kept out: mlisa'],
  )
})
