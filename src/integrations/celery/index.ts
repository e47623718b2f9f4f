export type { AmqpBrokerOptions } from '../../connectors/amqp-broker.ts'
export { type Celery, type CeleryOptions, connector, type StartedTask } from './connector.ts'
export { isOver, type Task } from './schema.ts'
