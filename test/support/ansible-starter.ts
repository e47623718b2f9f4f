/**
 * Starts a play as Adder does, says what was started, and waits to be killed. Its one argument is JSON: the connector's
 * options, the input and the marker.
 */
import { type AnsibleOptions, connector } from '../../src/integrations/ansible/index.ts'

const { options, input, marker }: { options: AnsibleOptions; input: never; marker: string } = JSON.parse(
  process.argv[2] ?? '',
)
const { start } = connector(options).connect().effects
const call = { marker, intendedAt: new Date().toISOString(), signal: AbortSignal.timeout(20_000) }
process.stdout.write(JSON.stringify(await start.make(input, call)))
process.stdin.resume()
