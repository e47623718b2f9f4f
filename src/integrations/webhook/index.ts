export { type SignatureOptions, signature, type TokenOptions, token } from './authentication.ts'
export { received } from './received.ts'
export { source, type WebhookEvent, type WebhookSource, type WebhookSourceOptions } from './source.ts'
