import { defineConfig, secret } from 'adderjs'
import talk from '../talk/adder.config.ts'

const env = process.env

/** The talk's configuration, on engines that several Adders serve, with a history that they share. */
export default defineConfig({
  ...talk,
  engine: {
    ingress: env.ENGINE_INGRESS ?? 'http://engines.acme.example:8080',
    admin: env.ENGINE_ADMIN ?? 'http://engines.acme.example:9070',
    identityKey: env.ENGINE_IDENTITY_KEY ?? 'publickeyv1_CgccrkjZoASNMaAytitBdiZ1HFowZTspkxeEcUiFqiup',
    handlers: {
      url: env.HANDLERS_URL ?? 'http://adders.acme.example:9080',
      host: env.HANDLERS_HOST ?? '127.0.0.1',
      port: Number(env.HANDLERS_PORT ?? 9080),
    },
  },
  // Without a database to share, each Adder knows only what it did itself.
  ...(env.HISTORY_URL ? { history: { url: secret('HISTORY_URL') } } : {}),
})
