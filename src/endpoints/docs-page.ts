import { fastifySwagger } from '@fastify/swagger'
import { fastifySwaggerUi } from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/** Everything comes from this server, nothing is inline but pictures. */
const docsPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The document at `/openapi.json`, and a page at `/docs` to read it and to try the endpoints out, without other hosts. */
export function serveDocsPage(server: FastifyInstance, document: Record<string, unknown>): void {
  const text = JSON.stringify(document)
  server.get('/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(text))
  server.register(fastifySwagger, {
    mode: 'static',
    // The plugin's type knows only documents that it wrote itself.
    specification: { document: document as never },
  })
  server.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsPolicy,
    theme: { title: 'Endpoints' },
    uiConfig: { layout: 'BaseLayout', tryItOutEnabled: true, displayRequestDuration: true, docExpansion: 'list' },
  })
}
