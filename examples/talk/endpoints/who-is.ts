import { endpoint, pattern, redact, token } from 'adderjs'
import * as z from 'zod'

export const whoIs = endpoint({
  method: 'GET',
  path: '/users/:name',
  summary: 'Look a user up in the directory',
  tags: ['look-ups'],
  auth: token('lookups:read'),
  params: { name: pattern(/^[\w.-]{1,64}$/, 'a directory user name') },
  output: z.object({ displayName: z.string().optional(), department: z.string().optional() }),
  after: [redact('payment-card', 'us-ssn')],
  run: ({ params, directory }) => directory.user(params.name),
})
