import { brokerUser, rabbitMqContract } from '../../../test/support/rabbitmq-contract.ts'
import { startRabbitMqStandIn } from './stand-in.ts'

rabbitMqContract('the stand-in', {
  skip: false,
  async start() {
    const password = 'password-of-the-stand-in-5e1c'
    const exchanges = [{ name: 'siem', bindings: { 'alert.high': ['siem-high'] } }]
    const { url, close } = await startRabbitMqStandIn({ user: brokerUser, password, exchanges })
    return { port: Number(new URL(url).port), password, close }
  },
})
