import { celeryContract } from '../../../test/support/celery-contract.ts'
import { startStandInBroker, startStandInWorker } from '../../../test/support/stand-in-queues.ts'

celeryContract('the stand-ins', { skip: false, startBroker: startStandInBroker, startWorker: startStandInWorker })
