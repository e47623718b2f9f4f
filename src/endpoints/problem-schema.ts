import * as z from 'zod'

/** A problem document as it is sent (RFC 9457 §3.1), for the OpenAPI document. */
export const problemDocumentSchema = z.looseObject({
  type: z.string().describe('A URN made of the code.'),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().describe('What is wrong with this request, for people.'),
  instance: z.string().describe('The request id, which the log line carries too.'),
  code: z.string().describe('Stable; what programs decide by.'),
  errors: z
    .array(
      z.object({
        in: z.enum(['params', 'query', 'headers', 'body']),
        field: z.string(),
        expected: z.string(),
        got: z.string().describe('The kind of what came, never the value.'),
      }),
    )
    .optional()
    .describe('Every field that is wrong.'),
  errorId: z.string().optional().describe('Under this id the log says what failed.'),
})
