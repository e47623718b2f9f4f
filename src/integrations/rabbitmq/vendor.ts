export const title = 'RabbitMQ'
export const docs = 'https://www.rabbitmq.com/docs'
