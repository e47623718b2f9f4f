import { startCeleryStandIn } from '../../src/integrations/celery/stand-in.ts'
import { startRabbitMqStandIn } from '../../src/integrations/rabbitmq/stand-in.ts'
import type { WorkerUnderTest } from './celery-contract.ts'
import { type BrokerUnderTest, brokerUser } from './rabbitmq-contract.ts'

/** The stand-in of RabbitMQ, for the contracts. */
export async function startStandInBroker(): Promise<BrokerUnderTest> {
  const password = 'password-of-the-stand-in-5e1c'
  const exchanges = [{ name: 'siem', bindings: { 'alert.high': ['siem-high'] } }]
  const { url, close } = await startRabbitMqStandIn({ user: brokerUser, password, exchanges })
  return { port: Number(new URL(url).port), password, close }
}

/** The stand-in of a worker, with the contract's tasks. */
export async function startStandInWorker({ port, password }: BrokerUnderTest): Promise<WorkerUnderTest> {
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
}
