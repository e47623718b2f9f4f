import { celeryContract } from '../support/celery-contract.ts'
import { queuesContract } from '../support/queues-contract.ts'
import { hasCelery, startCeleryWorker } from './celery-worker.ts'
import { hasRabbitMq, startRabbitMq } from './rabbitmq.ts'

const isInstalled = (await hasRabbitMq()) && (await hasCelery())

// In CI it has to be there: a test that skips itself for ever proves nothing.
const skip: string | false =
  isInstalled || process.env.CI ? false : 'RABBITMQ OR CELERY IS NOT INSTALLED: no real worker was tested against'
const real = { skip, startBroker: startRabbitMq, startWorker: startCeleryWorker }

celeryContract('a real worker on a real RabbitMQ', real)
queuesContract('of a real RabbitMQ with a real worker', real)
