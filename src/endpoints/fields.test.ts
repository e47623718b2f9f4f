import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { open } from './auth.ts'
import { requestCheck } from './check-request.ts'
import { type Endpoint, endpoint, type Fields } from './endpoint.ts'
import { boolean, date, dateTime, integer, json, list, nested, number, oneOf, pattern, string } from './fields.ts'
import { type FieldFault, Problem } from './problem.ts'

function check(parts: Pick<Partial<Endpoint>, 'params' | 'query' | 'headers' | 'body'>) {
  return requestCheck({ method: 'POST', path: '/', summary: '', auth: open(), run: () => undefined, ...parts })
}

function readQuery(query: Fields, given: Record<string, string | string[]>): unknown {
  return check({ query })({ params: {}, query: given, headers: {}, body: undefined }).query
}

function readBody(body: z.ZodType, given: unknown): unknown {
  return check({ body })({ params: {}, query: {}, headers: {}, body: given }).body
}

function faultsOf(read: () => unknown): readonly FieldFault[] {
  try {
    read()
  } catch (error) {
    if (error instanceof Problem && error.errors !== undefined) return error.errors
    throw error
  }
  return []
}

test('reads text as what its field declares', () => {
  const query = {
    count: integer(),
    ratio: number(),
    on: boolean(),
    day: date(),
    at: dateTime(),
    level: oneOf(['low', 'high']),
    tags: list(string()),
    ids: list(integer()),
    page: integer().default(1),
    size: z.literal([10, 20]),
    missing: integer().optional(),
  }

  const read = readQuery(query, {
    count: '12',
    ratio: '-1.5e3',
    on: 'false',
    day: '2026-11-24',
    at: '2026-11-24T08:00:00+02:00',
    level: 'high',
    tags: 'one',
    ids: ['1', '2'],
    size: '20',
  })

  assert.deepEqual(read, {
    count: 12,
    ratio: -1500,
    on: false,
    day: '2026-11-24',
    at: new Date('2026-11-24T06:00:00Z'),
    level: 'high',
    tags: ['one'],
    ids: [1, 2],
    page: 1,
    size: 20,
  })
})

const wrongTexts: [field: z.ZodType, text: string | string[], expected: string, got: string][] = [
  [integer(), 'abc', 'an integer', 'a string of 3 characters'],
  [integer(), '', 'an integer', 'an empty string'],
  [integer(), '1.5', 'an integer', 'a number'],
  [integer(), '0x10', 'an integer', 'a string of 4 characters'],
  [integer(), ['1', '2'], 'an integer', 'a list of 2'],
  [integer({ min: 1 }), '0', 'an integer of at least 1', 'a number'],
  [integer({ min: 1, max: 9 }), '10', 'an integer between 1 and 9', 'a number'],
  [number({ max: 1 }), '1e999', 'a number of at most 1', 'a number'],
  [boolean(), 'yes', 'true or false', 'a string of 3 characters'],
  [date(), '2026-02-30', 'a date such as 2026-11-24', 'a string of 10 characters'],
  [
    dateTime(),
    '2026-11-24T08:00:00',
    'a date and time with its offset, such as 2026-11-24T08:00:00Z',
    'a string of 19 characters',
  ],
  [oneOf(['low', 'high']), 'mid', 'one of "low", "high"', 'a string of 3 characters'],
  [pattern(/^\w+$/, 'a user name'), '../x', 'a user name', 'a string of 4 characters'],
  [string({ min: 2, max: 3 }), 'a', 'a string of 2 to 3 characters', 'a string of 1 character'],
  [list(integer()), ['1', 'x'], 'an integer', 'a string of 1 character'],
  [z.string().email(), 'x', 'a string in the form of email', 'a string of 1 character'],
  [z.union([z.literal('a'), z.literal('b')]), 'x', '"a" or "b"', 'a string of 1 character'],
  [z.number().multipleOf(5), '7', 'a multiple of 5', 'a number'],
]

for (const [field, text, expected, got] of wrongTexts) {
  test(`says "expected ${expected}" of ${JSON.stringify(text)}`, () => {
    const [fault] = faultsOf(() => readQuery({ field }, { field: text }))

    assert.deepEqual({ expected: fault?.expected, got: fault?.got }, { expected, got })
  })
}

test('does not read text as numbers in a JSON body', () => {
  const [fault] = faultsOf(() => readBody(nested({ count: integer() }), { count: '12' }))

  assert.deepEqual(fault, { in: 'body', field: 'count', expected: 'an integer', got: 'a string of 2 characters' })
})

test('names every wrong field of every part at once', () => {
  const checked = check({
    params: { name: pattern(/^\w+$/, 'a user name') },
    query: { limit: integer({ min: 1 }) },
    headers: { 'x-team': string({ min: 1 }) },
    body: nested({ users: list(nested({ email: string() })), note: string() }),
  })

  const faults = faultsOf(() =>
    checked({
      params: { name: '-' },
      query: { limit: '0', limti: '5' },
      headers: { 'x-team': '' },
      body: { users: [{ email: 'a' }, { email: null }] },
    }),
  )

  assert.deepEqual(
    faults.map(({ in: part, field, got }) => `${part} ${field} ${got}`),
    [
      'params name a string of 1 character',
      'query limit a number',
      'query limti a field that is not declared',
      'headers x-team an empty string',
      'body users[1].email null',
      'body note nothing',
    ],
  )
})

test('lists at most a hundred faults', () => {
  const faults = faultsOf(() => readBody(list(integer()), new Array(100_000).fill('x')))

  assert.equal(faults.length, 100)
})

test('drops undeclared fields of a body and keeps raw JSON as it is', () => {
  const body = nested({ known: string(), raw: json() })

  const read = readBody(body, { known: 'a', raw: { any: ['thing', null] }, other: 1 })

  assert.deepEqual(read, { known: 'a', raw: { any: ['thing', null] } })
  assert.equal(faultsOf(() => readBody(body, { known: 'a' }))[0]?.expected, 'a JSON value')
})

test('infers the types of what run gets', () => {
  endpoint({
    method: 'POST',
    path: '/:name',
    summary: '',
    auth: open(),
    params: { name: string() },
    query: { limit: integer().optional(), at: dateTime() },
    body: nested({ tags: list(oneOf(['a', 'b'])) }),
    output: z.object({ name: z.string() }),
    run: ({ params, query, body }) => {
      const limit: number | undefined = query.limit
      const at: Date = query.at
      const tags: ('a' | 'b')[] = body.tags
      return { name: params.name + limit + at + tags }
    },
  })

  // @ts-expect-error an endpoint must say who may ask
  endpoint({ method: 'GET', path: '/', summary: '', run: () => {} })

  endpoint({
    method: 'GET',
    path: '/',
    summary: '',
    auth: open(),
    output: z.object({ count: z.number() }),
    // @ts-expect-error the result is not what the output declares
    run: () => ({ count: 'many' }),
  })

  // @ts-expect-error a result without an output would be lost
  endpoint({ method: 'GET', path: '/', summary: '', auth: open(), run: async () => ({ lost: true }) })
})
