import { queuesContract } from './support/queues-contract.ts'
import { startStandInBroker, startStandInWorker } from './support/stand-in-queues.ts'

queuesContract('of stand-ins', { skip: false, startBroker: startStandInBroker, startWorker: startStandInWorker })
