import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../errors/config-error.ts'
import { open } from './auth.ts'
import { createServer } from './create-server.ts'
import type { Endpoint } from './endpoint.ts'
import { integer, nested, string } from './fields.ts'

test('names all faults of the definitions at once', () => {
  const run = () => {}
  const endpoints: Endpoint[] = [
    { method: 'GET', path: '/a/:id', summary: '', auth: open(), run },
    { method: 'GET', path: '/a/:name', summary: '', auth: open(), params: { name: string(), other: string() }, run },
    { method: 'GET', path: '/b', summary: '', auth: open(), body: nested({}), run },
    { method: 'POST', path: 'c/', summary: '', auth: open(), run },
    { method: 'GET', path: '/docs/mine', summary: '', auth: open(), headers: { 'X-A': string() }, run },
    {
      method: 'GET',
      path: '/d',
      summary: '',
      auth: { kind: 'checked', scheme: { name: 'x', definition: {}, scopes: [] } },
      run,
    },
    { method: 'POST', path: '/e', summary: '', auth: open(), status: 404, maxBytes: 0, run },
    {
      method: 'GET',
      path: '/f/:id',
      summary: '',
      auth: open(),
      params: { id: integer() },
      examples: [{ name: 'First', params: { id: 'x' } }],
      run,
    },
    // What a program that is not type-checked may pass.
    JSON.parse('{"method": "GET", "path": "/g", "summary": ""}'),
  ]

  assert.throws(
    () => createServer({ endpoints }),
    (error) => {
      assert.ok(error instanceof ConfigError)
      assert.deepEqual(
        error.faults.map(({ at, problem }) => `${at}: ${problem}`),
        [
          "GET /a/:id: The path's :id is not declared in params",
          'GET /a/:name: params declares other, which is not in the path',
          'GET /b: A GET request has no body',
          'POST c/: The path has to be segments of letters, digits and ".~_-" or parameters like ":name", without a slash at its end',
          'GET /docs/mine: The path is one of the server’s own',
          'GET /docs/mine: The header X-A has to be declared in lower case',
          'GET /d: The auth has neither a check before the body nor one after it',
          'POST /e: maxBytes has to be a whole number above 0',
          'POST /e: The status has to be one of 200 to 299',
          'GET /f/:id: The params of the example "First": params id: expected an integer, got a string of 1 character',
          'GET /g: There is no auth; open() is the word for none',
          'GET /a/:name: Another endpoint has this method and path',
        ],
      )
      return true
    },
  )
})
