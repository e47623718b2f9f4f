import type * as z from 'zod'
import { ConnectorInputInvalid } from '../errors/connector-errors.ts'
import { fieldFaults } from './field-faults.ts'

/**
 * What a look-up or an effect is given, as its shape reads it.
 *
 * @param what the operation, in error messages: `RabbitMQ: publish`.
 * @throws ConnectorInputInvalid naming the fields that are wrong, and no value.
 */
export function checkedInput<I extends z.ZodType>(schema: I, given: unknown, what: string): z.output<I> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new ConnectorInputInvalid(`${what}: ${fieldFaults(parsed.error, 'the input')}`)
}
