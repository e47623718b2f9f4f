import { rabbitMqContract } from '../../../test/support/rabbitmq-contract.ts'
import { startStandInBroker } from '../../../test/support/stand-in-queues.ts'

rabbitMqContract('the stand-in', { skip: false, start: startStandInBroker })
