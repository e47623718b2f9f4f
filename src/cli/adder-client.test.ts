import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { adderProcess } from '../../test/cli/adder-process.ts'

/** A server that speaks HTTP, and no TLS; its port. */
async function plainServer(t: TestContext): Promise<number> {
  const server = createServer((_, response) => response.end('{}'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port // listens on TCP
}

describe('a command that asks a server by its address', () => {
  for (const address of ['127.0.0.1:8099', 'foo', 'localhost:8099'])
    test(`says what an address looks like where it is given ${address}`, async (t) => {
      const adder = adderProcess(t, ['find', 'mlisa', '--server', address])

      assert.equal(await adder.ended, 1)
      assert.match(
        adder.stderr(),
        /^adder: option '--server <url>' argument '\S+' is invalid\. An address such as https:\/\/adder\.acme\.example\.\n/,
      )
    })

  test('says why nobody answers', async (t) => {
    const port = await plainServer(t)
    const [inTls, nobody] = [`https://127.0.0.1:${port}`, 'http://127.0.0.1:9'].map((address) =>
      adderProcess(t, ['find', 'mlisa', '--server', address]),
    )

    assert.ok(inTls && nobody)
    assert.deepEqual([await inTls.ended, await nobody.ended], [1, 1])
    assert.equal(
      inTls.stderr(),
      `adder: No Adder answers at https://127.0.0.1:${port}: what answers there does not speak TLS.\n`,
    )
    assert.match(nobody.stderr(), /^adder: No Adder answers at http:\/\/127\.0\.0\.1:9: nobody listens there/)
  })

  test('says that its token has a newline, and not the token', async (t) => {
    const server = `http://127.0.0.1:${await plainServer(t)}`
    const adder = adderProcess(t, ['find', 'mlisa', '--server', server], { ADDER_TOKEN: 'value-of-token\n' })

    assert.equal(await adder.ended, 1)
    assert.match(adder.stderr(), /^adder: The token in ADDER_TOKEN has white space /)
    assert.doesNotMatch(adder.stderr(), /value-of/)
  })
})
