import { celeryContract } from '../../../test/support/celery-contract.ts'
import { brokerUser } from '../../../test/support/rabbitmq-contract.ts'
import { startRabbitMqStandIn } from '../rabbitmq/stand-in.ts'
import { startCeleryStandIn } from './stand-in.ts'

celeryContract('the stand-ins', {
  skip: false,
  async startBroker() {
    const password = 'password-of-the-stand-in-5e1d'
    const { url, close } = await startRabbitMqStandIn({ user: brokerUser, password })
    return { port: Number(new URL(url).port), password, close }
  },
  async startWorker({ port, password }) {
    const gates = new Map<string, PromiseWithResolvers<null>>()
    const gate = (name: string) => {
      const known = gates.get(name) ?? Promise.withResolvers<null>()
      gates.set(name, known)
      return known
    }
    const worker = await startCeleryStandIn({
      connect: { port, username: brokerUser, password },
      tasks: {
        'adder.add': ({ args: [a, b], kwargs: { scale = 1 } }) => ({ sum: (Number(a) + Number(b)) * Number(scale) }),
        'adder.echo': ({ args, kwargs }) => ({ args, kwargs }),
        'adder.fail': ({ args: [message] }) => {
          throw Object.assign(new Error(String(message)), { name: 'ValueError' })
        },
        'adder.hold': ({ args: [name] }, tell) => {
          tell('WAITING', { at: name })
          return gate(String(name)).promise
        },
      },
    })
    return { ...worker, open: (name) => gate(name).resolve(null) }
  },
})
