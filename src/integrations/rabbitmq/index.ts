export type { AmqpBrokerOptions } from '../../connectors/amqp-broker.ts'
export { connector, type RabbitMq } from './connector.ts'
export { received } from './received.ts'
export { type RabbitMqEvent, type RabbitMqSource, type RabbitMqSourceOptions, source } from './source.ts'
