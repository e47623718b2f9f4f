import { randomUUID } from 'node:crypto'
import path from 'node:path'
import * as restate from '@restatedev/restate-sdk'
import { Admin } from '../src/engine/admin.ts'
import { EngineProcess } from '../src/engine/engine-process.ts'
import { serveHandlers } from '../src/engine/handlers-server.ts'
import { identityKey } from '../src/engine/identity-key.ts'
import type { BareAnswer, BareQuestion } from './bare-engine.ts'
import { instantSystems, realSystems } from './bare-systems.ts'

// The engine with the settings that Adder gives it, and the talk's two automations as its own handlers: the same six
// recorded steps in two invocations, with nothing of Adder around them.

const [, , dataFolder = '', steps = 'instant'] = process.argv
const systems = steps === 'instant' ? instantSystems() : await realSystems(process.env)
const identityKeyFile = path.join(dataFolder, 'engine.key')
const engine = new EngineProcess({
  dataFolder,
  identityKeyFile,
  onRestart: () => process.exit(1),
  log: () => undefined,
})
const admin = new Admin({ socketPath: engine.adminSocket })
let finished = 0

const kept = { days: 30 }
const handling = { idempotencyRetention: kept, journalRetention: kept }
const intent = () => ({ process: randomUUID(), attempt: randomUUID(), at: new Date().toISOString() })

interface Alert {
  sid: string
}

interface Opened {
  ticket: { id: string }
  alert: Alert
}

const alerts = restate.service({
  name: 'bare.alerts',
  handlers: {
    accept: restate.handlers.handler(handling, async (context: restate.Context, alert: Alert) => {
      await context.run('intent', intent)
      const ticket = await context.run('open', () => systems.openTicket(JSON.stringify(alert)))
      context.genericSend({
        service: 'bare.tickets',
        method: 'enrich',
        parameter: Buffer.from(JSON.stringify({ ticket, alert } satisfies Opened)),
        headers: { 'content-type': 'application/json' },
        idempotencyKey: `ticket ${alert.sid}`,
      })
    }),
  },
})

const tickets = restate.service({
  name: 'bare.tickets',
  handlers: {
    enrich: restate.handlers.handler(handling, async (context: restate.Context, { ticket }: Opened) => {
      const user = context.run('user', () => systems.findUser())
      const file = context.run('file', () => systems.findFile())
      const [person, report] = await restate.RestatePromise.all([user, file])
      const first = context.run('comment', () => systems.comment(ticket, person))
      const second = context.run('comment', () => systems.comment(ticket, report))
      await restate.RestatePromise.all([first, second])
      finished += 1
    }),
  },
})

const endpoint = restate
  .endpoint()
  .withIdentityV1(identityKey(identityKeyFile))
  .setLogger(() => undefined)
const serve = endpoint.bind(alerts).bind(tickets).http2Handler()
const handlers = await serveHandlers(serve, path.join(dataFolder, 'port'))
await engine.start()
await admin.register(handlers.url)

process.on('message', ({ ask }: BareQuestion) => {
  const answer: BareAnswer =
    ask === 'finished'
      ? { finished }
      : { ingressSocket: engine.ingressSocket, adminSocket: engine.adminSocket, enginePid: engine.pid ?? 0 }
  // Whoever asked may have gone.
  process.send?.(answer, undefined, undefined, () => undefined)
})
process.on('disconnect', async () => {
  handlers.close()
  await admin.close()
  await engine.stop()
  process.exit()
})
