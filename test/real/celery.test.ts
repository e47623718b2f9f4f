import { celeryContract } from '../support/celery-contract.ts'
import { hasCelery, startCeleryWorker } from './celery-worker.ts'
import { hasRabbitMq, startRabbitMq } from './rabbitmq.ts'

const isInstalled = (await hasRabbitMq()) && (await hasCelery())

celeryContract('a real worker on a real RabbitMQ', {
  // In CI it has to be there: a test that skips itself for ever proves nothing.
  skip:
    isInstalled || process.env.CI ? false : 'RABBITMQ OR CELERY IS NOT INSTALLED: no real worker was tested against',
  startBroker: startRabbitMq,
  startWorker: startCeleryWorker,
})
